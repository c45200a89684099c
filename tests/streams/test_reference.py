"""The tables in docs/ are those of the code, and name everything once."""

from pathlib import Path

import pytest

from streams import reference
from streams.metrics import Metrics
from streams.settings import SETTINGS
from streams.topics import TOPICS


def test_the_pages_are_fresh() -> None:
    assert reference.stale() == [], "run: python -m streams.reference"


def test_every_setting_topic_and_metric_has_its_row() -> None:
    tables = reference.settings_table() + reference.topics_table() + reference.metrics_table()
    names = [row.variable for row in SETTINGS]
    names += [topic.name for topic in TOPICS]
    names += [row.name for row in Metrics().table]
    for name in names:
        assert tables.count(f"| `{name}` |") == 1, name


def test_a_stale_page_is_found_and_brought_up_to_date(tmp_path: Path) -> None:
    for name in reference.TABLES:
        page = (reference.DOCS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(page, encoding="utf-8")
    metrics = tmp_path / "metrics.md"
    fresh = metrics.read_text(encoding="utf-8")
    metrics.write_text(fresh.replace("churnstream_ready", "churnstream_steady"), encoding="utf-8")
    assert reference.stale(tmp_path) == ["metrics.md"]
    assert reference.write(tmp_path) == ["metrics.md"]
    assert metrics.read_text(encoding="utf-8").count("churnstream_ready") == 1
    assert reference.write(tmp_path) == []


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        reference.refreshed("# Metrics\n", "| a |\n")
