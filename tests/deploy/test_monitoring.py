"""Alert rules and dashboard: valid, tested, and about metrics and labels that exist."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from detectors.effects import OUTCOMES
from detectors.models.snapshot import MEASURED
from streams.metrics import Metric, Metrics
from tests.deploy.files import DEPLOY, dashboard, read_yaml
from tests.deploy.tools import run_tool

TABLE = {row.name: row for row in Metrics().table}
SERIES = re.compile(r"\b(churnstream_\w+)(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
OF_PROMETHEUS = {"instance", "job", "le"}
NEITHER_SHOWN_NOR_ALERTED = {"churnstream_build_info"}


def rules() -> list[dict[str, Any]]:
    groups = read_yaml("deploy/prometheus/rules.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    found = [rule["expr"] for rule in rules()]
    found += [target["expr"] for panel in panels() for target in panel["targets"]]
    return found


def metrics_in(expression: str) -> Iterator[tuple[Metric, str]]:
    """The metrics that an expression names, each with its matchers."""
    for name, matchers in SERIES.findall(expression):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        if name not in TABLE and TABLE.get(base, TABLE["churnstream_ready"]).kind == "histogram":
            name = base
        assert name in TABLE, f"{name} in {expression!r} is not in docs/metrics.md"
        yield TABLE[name], matchers


def labels_in(texts: Iterable[str]) -> set[str]:
    return {label.strip() for text in texts for label in text.split(",") if label.strip()}


def test_promtool_accepts_rules_and_configuration() -> None:
    run_tool("promtool", "check", "rules", DEPLOY / "prometheus" / "rules.yml")
    run_tool("promtool", "check", "config", DEPLOY / "prometheus" / "prometheus.yml")


def test_alerts_fire_and_keep_silent_as_promtool_is_told() -> None:
    run_tool("promtool", "test", "rules", DEPLOY / "prometheus" / "rules_test.yml")


def test_every_alert_is_tested() -> None:
    tests = (DEPLOY / "prometheus" / "rules_test.yml").read_text(encoding="utf-8")
    for rule in rules():
        assert re.search(rf"\b{rule['alert']}\b", tests), rule["alert"]


def test_every_alert_says_what_is_wrong_what_to_do_and_how_urgent_it_is() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["for"]


@pytest.mark.parametrize("expression", expressions())
def test_expressions_use_metrics_and_labels_that_exist(expression: str) -> None:
    permitted = set(OF_PROMETHEUS)
    for metric, matchers in metrics_in(expression):
        used = set(re.findall(r"(\w+)\s*[=!]~?", matchers))
        assert used <= {*metric.labels, *OF_PROMETHEUS}
        permitted.update(metric.labels)
        for label, closed in (("outcome", OUTCOMES), ("measured", MEASURED)):
            assert set(re.findall(rf'{label}="(\w+)"', matchers)) <= set(closed)
    assert labels_in(GROUPING.findall(expression)) <= permitted


def test_every_metric_is_shown_or_alerted_on() -> None:
    used = {metric.name for expression in expressions() for metric, _ in metrics_in(expression)}
    assert set(TABLE) - used == NEITHER_SHOWN_NOR_ALERTED


def test_panels_lie_side_by_side_and_ask_the_provisioned_source() -> None:
    (source,) = read_yaml("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"]
    taken: set[tuple[int, int]] = set()
    numbers = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, place["y"] + y) for x in columns for y in range(place["h"])}
        assert max(columns) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in panels():
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {source["uid"]}
        assert panel["title"]
