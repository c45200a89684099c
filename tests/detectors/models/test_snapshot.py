"""Law 8: a model snapshot is JSON; its version names its content and time."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import numpy as np
import pytest

from detectors.models.drift import DriftWatch
from detectors.models.ensemble import Ensemble
from detectors.models.quality import QualityWindow
from detectors.models.snapshot import make_snapshot, version_of
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.models.ensembles import rows_of
from tests.detectors.models.streams import simulated

AS_OF = datetime(2011, 6, 10, 12, 30, tzinfo=UTC)


def learned(labels: int = 200) -> Ensemble:
    ensemble = Ensemble.new(0.0, 60)
    for day, (x, y) in enumerate(simulated(labels)):
        ensemble.learn_day(day, rows_of(x), np.array([y]), [""], np.array([day]))
    return ensemble


def snapshot(ensemble: Ensemble) -> ModelSnapshot:
    quality = QualityWindow()
    said = {"emitted": [0.9, 0.6, 0.4, 0.2], "blend": [0.8, 0.7, 0.3, 0.1]}
    quality.update(15_000, said, [True, True, False, False], ["a", "a", "b", None])
    return make_snapshot(
        ensemble,
        quality,
        DriftWatch(),
        target="silence",
        horizon_days=60.0,
        as_of=AS_OF,
        positives=120,
        reference={"gap": 0.5},
        applied={"0": [17]},
    )


def test_law_1_the_same_learning_has_the_same_bytes() -> None:
    one, other = (msgspec.json.encode(snapshot(learned())) for _ in range(2))
    assert one == other


def test_it_tells_what_a_reader_wants_to_know() -> None:
    payload = snapshot(learned())
    assert payload.labels == 200
    assert (payload.ready, payload.positives) == (payload.model["speaker"] != "prior", 120)
    assert payload.reference == {"gap": 0.5}
    assert payload.applied == {"0": [17]}
    assert payload.metrics["blend"]["report"]["auc"] == 1.0
    assert payload.metrics["emitted"]["segments"]["a"]["count"] == 2


def test_the_version_names_content_and_time_only() -> None:
    content = learned(20).to_json()
    version = version_of(content, AS_OF)
    assert version.startswith("20110610T123000Z-")
    assert version_of(dict(reversed(content.items())), AS_OF) == version
    assert version_of(content, AS_OF.astimezone(timezone(timedelta(hours=8)))) == version
    assert version_of(content, AS_OF + timedelta(microseconds=1)) != version
    assert version_of({**content, "labels": 201}, AS_OF) != version


def test_a_restored_model_keeps_its_version() -> None:
    payload = snapshot(learned())
    wire = msgspec.json.encode(payload)
    again = Ensemble.from_json(msgspec.json.decode(wire, type=ModelSnapshot).model).to_json()
    assert version_of(again, AS_OF) == payload.version


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="give a time with its offset"):
        version_of({}, datetime(2011, 6, 10))  # noqa: DTZ001
