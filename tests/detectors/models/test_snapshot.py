"""Law 8: a model snapshot is JSON and restores to bit-identical predictions."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from detectors.models.logistic import SecondOrderLogistic
from detectors.models.prequential import Prequential
from detectors.models.snapshot import make_snapshot, restore, version_of
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.models.streams import simulated

AS_OF = datetime(2011, 6, 10, 12, 30, tzinfo=UTC)


def learned(labels: int = 200) -> tuple[SecondOrderLogistic, Prequential]:
    model, metrics = SecondOrderLogistic(), Prequential(30.0)
    for number, (x, y) in enumerate(simulated(labels)):
        metrics.update(model.predict_proba_one(x)[True], y, 1.3e9 + 600.0 * number)
        model.learn_one(x, y)
    return model, metrics


def snapshot(model: SecondOrderLogistic, metrics: Prequential) -> ModelSnapshot:
    return make_snapshot(
        model,
        {"prior": Prequential(), "model": metrics},
        target="silence",
        horizon_days=60.0,
        as_of=AS_OF,
        ready=True,
        positives=120,
        reference={"gap": 0.5},
        applied={"0": [17]},
    )


def test_law_8_it_restores_to_the_last_bit_and_learns_on() -> None:
    model, metrics = learned()
    wire = msgspec.json.encode(snapshot(model, metrics))
    restored = restore(msgspec.json.decode(wire, type=ModelSnapshot))
    assert restored.metrics["model"].report() == metrics.report()
    assert restored.metrics["prior"].report().count == 0
    for x, y in simulated(50, seed=2):
        assert restored.model.log_odds(x) == model.log_odds(x)
        restored.model.learn_one(x, y)
        model.learn_one(x, y)
    assert restored.model.to_json() == model.to_json()


def test_law_1_the_same_learning_has_the_same_bytes() -> None:
    one, other = (msgspec.json.encode(snapshot(*learned())) for _ in range(2))
    assert one == other


def test_it_tells_what_a_reader_wants_to_know() -> None:
    model, metrics = learned()
    payload = snapshot(model, metrics)
    assert payload.labels == 200
    assert (payload.ready, payload.positives) == (True, 120)
    assert payload.reference == {"gap": 0.5}
    assert payload.applied == {"0": [17]}
    assert payload.metrics["model"]["report"]["auc"] > 0.7
    assert payload.metrics["prior"]["report"]["auc"] is None


def test_the_version_names_content_and_time_only() -> None:
    content = learned()[0].to_json()
    version = version_of(content, AS_OF)
    assert version.startswith("20110610T123000Z-")
    assert version_of(dict(reversed(content.items())), AS_OF) == version
    assert version_of(content, AS_OF.astimezone(timezone(timedelta(hours=8)))) == version
    assert version_of(content, AS_OF + timedelta(microseconds=1)) != version
    assert version_of({**content, "labels": 201}, AS_OF) != version


def test_a_restored_model_keeps_its_version() -> None:
    payload = snapshot(*learned())
    wire = msgspec.json.encode(payload)
    again = restore(msgspec.json.decode(wire, type=ModelSnapshot)).model.to_json()
    assert version_of(again, AS_OF) == payload.version


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="give a time with its offset"):
        version_of({}, datetime(2011, 6, 10))  # noqa: DTZ001
