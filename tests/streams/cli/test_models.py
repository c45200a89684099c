"""`models` shows what the snapshots hold, from a topic or a replay, whatever was measured."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from kafka import KafkaProducer

from detectors.models.drift import DriftWatch
from detectors.models.logistic import SecondOrderLogistic
from detectors.models.quality import QualityWindow
from detectors.models.river_linear import RIVER_MODELS
from detectors.models.snapshot import make_snapshot
from schemas.codec import encode
from schemas.model_snapshot import ModelSnapshot
from streams.cli.main import churnstream, run
from streams.cli.models_view import measured
from streams.kafka import topic_admin
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import admin_client
from streams.settings import Settings
from tests.detectors.models.ensembles import spoken_by

AT = datetime(2011, 6, 10, tzinfo=UTC)
CHANCES = [0.9, 0.8, 0.3, 0.2]
LABELS = [True, False, True, False]
SEGMENTS = ["gold", "gold", "silver", "silver"]


def snapshot(**changed: Any) -> ModelSnapshot:
    """A snapshot with a few measures."""
    window = QualityWindow()
    window.update(15_000, {"emitted": CHANCES, "prior": CHANCES}, LABELS, SEGMENTS)
    found = make_snapshot(
        spoken_by(SecondOrderLogistic()),
        window,
        DriftWatch(),
        target="silence",
        horizon_days=60.0,
        as_of=AT,
        positives=12_204,
    )
    return msgspec.structs.replace(found, labels=23_626, **changed)


def record(value: ModelSnapshot) -> bytes:
    return encode(value, id=value.version, subject=value.target, time=AT.timestamp())


def written(folder: Path, *lines: bytes) -> Path:
    """The folder with these records of models."""
    (folder / "model-snapshots.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return folder


def show(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(churnstream, ["models", *map(str, arguments)])


def test_a_model_is_shown_with_everything_that_was_measured(tmp_path: Path) -> None:
    older = snapshot(version="older")
    result = show("--replay", written(tmp_path, record(older), record(snapshot())))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("silence within 60 days · version 20110610T000000Z-")
    assert lines[0].endswith(" · as of 2011-06-10 00:00 UTC")
    assert lines[1] == "  23,626 labels learned, 12,204 came true (51.7%) · speaks: linear"
    rows = [line.split() for line in lines[3:8]]
    assert rows[0] == ["emitted", "4", "50.0%", "0.750", "0.450", "0.295", "0.785", "2.00"]
    assert [row[:2] for row in rows[1:3]] == [["gold", "2"], ["silver", "2"]]
    assert rows[3] == ["prior", "4", "50.0%", "0.750", "0.450", "0.295", "0.785", "2.00"]
    assert "older" not in result.stdout


def test_models_of_river_are_told_apart_on_a_narrow_terminal(tmp_path: Path) -> None:
    report = {"report": snapshot().metrics["prior"]["report"]}
    several = dict.fromkeys(RIVER_MODELS, report)
    path = written(tmp_path, record(snapshot(metrics=several)))
    found = CliRunner(env={"COLUMNS": "80"}).invoke(churnstream, ["models", "--replay", str(path)])
    for name in RIVER_MODELS:
        assert f"  {name.rpartition('.')[2]} " in found.stdout


def test_as_json_it_is_one_document_with_all_figures(tmp_path: Path) -> None:
    result = show("--replay", written(tmp_path, record(snapshot())), "--json")
    (model,) = orjson.loads(result.stdout)["models"]
    assert (model["target"], model["labels"], model["speaker"]) == ("silence", 23_626, "linear")
    assert model["base_rate"] == pytest.approx(12_204 / 23_626)
    assert model["measures"]["prior"]["auc_se"] > 0.0
    assert model["measures"]["emitted"]["lift"] == pytest.approx(2.0)
    assert model["measures"]["emitted"]["segments"]["gold"]["count"] == 2


@pytest.mark.parametrize(
    ("changed", "speaks"),
    [({"model": {"speaker": "blend"}}, "blend"), ({}, "linear")],
)
def test_who_speaks_is_told(tmp_path: Path, changed: dict[str, Any], speaks: str) -> None:
    result = show("--replay", written(tmp_path, record(snapshot(**changed))))
    assert f"speaks: {speaks}\n" in result.stdout


def test_a_model_without_labels_or_measures_is_shown(tmp_path: Path) -> None:
    bare = snapshot(positives=0, metrics={})
    path = written(tmp_path, record(msgspec.structs.replace(bare, labels=0)))
    result = show("--replay", path)
    assert "0 labels learned · speaks: linear\n  nothing measured yet" in result.stdout
    assert orjson.loads(show("--replay", path, "--json").stdout)["models"][0]["measures"] == {}


def test_names_and_shapes_that_nobody_knows_are_borne() -> None:
    metrics: dict[str, Any] = {
        "flat": {"auc": 0.7},
        "note": "text",
        "window": {"state": {"format": "quality/1"}},
        "odd": {"report": {"auc": None}, "segments": {"a": {"count": 3}, "b": None}},
        "list": [1],
        "log_loss": 0.6,
    }
    assert [path for path, _ in measured(metrics)] == [("flat",), ("odd", "a")]


def test_markup_in_names_is_shown_as_it_is(tmp_path: Path) -> None:
    odd = snapshot(metrics={"[bold]x[/bold]": {"report": {"auc": 0.5, "count": True}}})
    result = show("--replay", written(tmp_path, record(odd)))
    assert "[bold]x[/bold]" in result.stdout


def test_a_deleted_model_is_not_shown(tmp_path: Path) -> None:
    other = snapshot(target="cancellation")
    gone = orjson.dumps({"key": "silence", "deleted": True})
    path = written(tmp_path, record(snapshot()), record(other), gone)
    result = show("--replay", path)
    assert "cancellation within 60 days" in result.stdout
    assert "silence" not in result.stdout


@pytest.mark.parametrize("content", [b"", b"\n{}", b"[]", b"7", b"not json", b"\xff"])
def test_a_file_without_models_is_told_in_one_line(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model-snapshots.jsonl").write_bytes(content)
    assert run(["models", "--replay", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "model-snapshots" in error
    assert "unexpected" not in error
    assert error.count("\n") == 1


def test_a_snapshot_of_a_newer_version_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = record(snapshot()).replace(b"model_snapshot.v1", b"model_snapshot.v9")
    assert run(["models", "--replay", str(written(tmp_path, newer))]) == 1
    error = capsys.readouterr().err
    assert "record is 'churnstream.model_snapshot.v9'" in error
    assert "unexpected" not in error


def test_a_folder_without_the_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "--replay", str(tmp_path)]) == 1
    assert "model-snapshots.jsonl: is not there; name the folder" in capsys.readouterr().err


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    """A broker with two snapshots of one model under `a.`, and topics without any under `b.`."""
    with EmbeddedBroker() as broker:
        for prefix in ("a.", "b."):
            settings = Settings(brokers=(broker.address,), topic_prefix=prefix)
            with admin_client(settings) as client:
                topic_admin.create(client, settings)
        producer = KafkaProducer(**settings.kafka_python_options())
        for value in (snapshot(version="older"), snapshot(version="newer")):
            producer.send("a.model-snapshots", key=b"silence", value=record(value))
        producer.flush()
        producer.close()
        yield broker.address


def test_the_latest_of_the_topic_is_shown(brokers: str) -> None:
    result = show("--brokers", brokers, "--topic-prefix", "a.")
    assert result.exit_code == 0, result.output
    assert "version newer" in result.stdout
    assert "older" not in result.stdout


def test_a_topic_without_models_is_told(brokers: str) -> None:
    result = show("--brokers", brokers, "--topic-prefix", "b.")
    assert result.exit_code == 1
    assert "topic model-snapshots holds no model yet" in str(result.exception)


def test_a_missing_topic_is_told(brokers: str) -> None:
    result = show("--brokers", brokers, "--topic-prefix", "c.")
    assert result.exit_code == 1
    assert "topics create" in str(result.exception)
