"""The archive keeps of a model what scores, and nothing that only learning needs."""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.champion import Champion
from detectors.models.archive import archived, as_snapshot
from detectors.models.logistic import SecondOrderLogistic
from schemas.archived_model import ArchivedModel
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import moment, on
from tests.detectors.models.ensembles import snapshot_of

NAMES = tuple(f"f{number}" for number in range(60))


def learned(seed: int, labels: int = 40) -> SecondOrderLogistic:
    generator = np.random.default_rng(seed)
    model = SecondOrderLogistic()
    for _ in range(labels):
        row = generator.normal(size=len(NAMES)).tolist()
        model.learn_one(dict(zip(NAMES, row, strict=True)), bool(generator.random() < 0.5))
    return model


def snapshot(model: SecondOrderLogistic) -> ModelSnapshot:
    return snapshot_of(model, moment(on(3)))


@settings(max_examples=30)
@given(st.integers(0, 1000), st.lists(st.floats(-6, 6), min_size=60, max_size=60))
def test_an_archived_model_scores_as_the_snapshot_did_to_the_last_bit(
    seed: int, row: list[float]
) -> None:
    published = snapshot(learned(seed, labels=5))
    wire = msgspec.json.encode(archived(published, NAMES))
    again = as_snapshot(msgspec.json.decode(wire, type=ArchivedModel))
    first, second = (
        Champion.of(item, NAMES).parts(np.array([row]), [{}], [""]).total()[0]
        for item in (published, again)
    )
    assert first == second
    assert (again.version, again.as_of, again.labels) == (
        published.version,
        published.as_of,
        published.labels,
    )


def test_it_is_small_whatever_the_covariances_weigh() -> None:
    published = snapshot(learned(1))
    kept = archived(published, NAMES)
    linear = kept.scoring["experts"]["linear"]["model"]
    assert linear["covariance"] == 61 * 62 // 2
    assert len(msgspec.json.encode(kept)) < len(msgspec.json.encode(published)) / 3


def test_the_contest_is_left_out_but_for_who_speaks() -> None:
    kept = archived(snapshot(learned(2)), NAMES).scoring["contest"]
    assert (kept["speaker"], kept["weeks"]) == ("linear", [])
