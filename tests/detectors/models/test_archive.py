"""The archive keeps of a model what scores, and nothing that only learning needs."""

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.models.archive import archived, as_snapshot
from detectors.models.logistic import SecondOrderLogistic
from detectors.models.snapshot import make_snapshot
from schemas.archived_model import ArchivedModel
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import moment, on

NAMES = tuple(f"f{number}" for number in range(60))


def learned(seed: int, labels: int = 40, features: int = 60) -> SecondOrderLogistic:
    generator = np.random.default_rng(seed)
    model = SecondOrderLogistic()
    for _ in range(labels):
        row = generator.normal(size=features).tolist()
        model.learn_one(dict(zip(NAMES, row, strict=False)), bool(generator.random() < 0.5))
    return model


def snapshot(model: SecondOrderLogistic) -> ModelSnapshot:
    return make_snapshot(model, {}, target="silence", horizon_days=14, as_of=moment(on(3)))


@given(st.integers(0, 1000), st.lists(st.floats(-6, 6), min_size=60, max_size=60))
def test_an_archived_model_scores_as_the_snapshot_did_to_the_last_bit(
    seed: int, row: list[float]
) -> None:
    published = snapshot(learned(seed, labels=5))
    wire = msgspec.json.encode(archived(published, NAMES))
    again = as_snapshot(msgspec.json.decode(wire, type=ArchivedModel))
    x = dict(zip(NAMES, row, strict=True))
    first, second = (SecondOrderLogistic.from_json(item.model) for item in (published, again))
    assert first.log_odds(x) == second.log_odds(x)
    assert (again.version, again.as_of, again.labels) == (
        published.version,
        published.as_of,
        published.labels,
    )


def test_it_is_small_whatever_the_covariances_weigh() -> None:
    published = snapshot(learned(1))
    wire = msgspec.json.encode(archived(published, NAMES))
    assert archived(published, NAMES).scoring["covariance"] == 61 * 62 // 2
    assert len(wire) < len(msgspec.json.encode(published)) / 8


def test_estimators_within_estimators_lose_their_covariances_and_get_them_back() -> None:
    published = snapshot(learned(2, features=3))
    nested = msgspec.structs.replace(
        published, model={"experts": [published.model, {"rate": 0.5}], "blend": published.model}
    )
    kept = archived(nested, NAMES)
    assert kept.scoring["blend"]["covariance"] == 10
    experts = as_snapshot(kept).model["experts"]
    assert SecondOrderLogistic.from_json(experts[0]).features == ("f0", "f1", "f2")
    assert experts[1] == {"rate": 0.5}
