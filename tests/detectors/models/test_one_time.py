"""How far the speaker is believed about one-time customers."""

import msgspec
import numpy as np
import pytest

from detectors.models.block import sigmoids
from detectors.models.expert import Parts, Rows
from detectors.models.one_time import LEAST, VARIANCE, OneTime
from detectors.models.rate import Rate

HORIZON = 20
COUNT = 100
AGES = np.zeros(COUNT, dtype=np.intp)
ADDED = np.linspace(-1.0, 2.0, COUNT)
"""What the speaker adds to the group's rate, of each customer."""


def lived(truth: float, days: int = 120, one_time: OneTime | None = None) -> OneTime:
    """Every day a hundred labels; `truth` of what the speaker adds is so."""
    one_time, rate = one_time or OneTime(HORIZON), Rate(0.2)
    generator = np.random.default_rng(1)
    groups = rate.one_time_groups()[AGES]
    given: dict[int, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for day in range(days):
        one_time.advance(1.0)
        labels = generator.random(COUNT) < sigmoids(groups + truth * ADDED)
        one_time.learn_block(day, AGES, given.get(day - HORIZON, groups), labels)
        one_time.update(day, rate)
        given[day] = groups + one_time.share * ADDED
    return one_time


def test_the_speaker_is_believed_until_a_horizon_has_passed() -> None:
    assert lived(-1.0, days=HORIZON).share == 1.0
    assert lived(-1.0, days=HORIZON + 5).share < 1.0


@pytest.mark.parametrize(("truth", "low", "high"), [(1.0, 0.8, 1.0), (0.4, 0.2, 0.6)])
def test_it_is_believed_as_far_as_it_holds(truth: float, low: float, high: float) -> None:
    assert low <= lived(truth, days=400).share <= high


def test_what_is_worse_than_the_groups_rate_leaves_the_word_to_it() -> None:
    one_time = lived(-0.5, days=400)
    assert one_time.share == LEAST
    assert one_time.is_by_group


def test_a_speaker_that_holds_again_is_believed_again() -> None:
    one_time = lived(0.0, days=100)
    before = one_time.share
    rate = Rate(0.2)
    groups = rate.one_time_groups()[AGES]
    for day in range(100, 700):
        one_time.advance(1.0)
        then = next(past[1] for past in one_time._past if past[0] <= day - HORIZON)
        true = np.arange(COUNT) % 5 == 0
        one_time.learn_block(day, AGES, groups + then * np.where(true, 2.0, -1.0), true)
        one_time.update(day, rate)
    assert one_time.share > before + 0.2


def test_law_1_the_order_of_a_days_labels_changes_no_bit() -> None:
    order = np.random.default_rng(2).permutation(COUNT)
    labels, given = np.arange(COUNT) < 30, ADDED - 1.0
    one, other = lived(0.5), lived(0.5)
    one.learn_block(120, AGES, given, labels)
    other.learn_block(120, AGES, given[order], labels[order])
    assert one.to_json() == other.to_json()


def test_law_8_a_snapshot_restores_to_the_last_bit() -> None:
    one_time = lived(0.5)
    text = msgspec.json.encode(one_time.to_json())
    restored = OneTime.from_json(msgspec.json.decode(text))
    assert lived(0.5, one_time=restored).to_json() == lived(0.5, one_time=one_time).to_json()
    assert len(one_time._past) <= HORIZON + 1


def test_a_number_that_is_not_finite_is_refused() -> None:
    data = OneTime(HORIZON).to_json()
    assert data["variance"] == VARIANCE
    with pytest.raises(ValueError, match="one_time holds a number that is not finite"):
        OneTime.from_json(data | {"share": float("nan")})


def test_law_9_parts_of_attributes_shrink_with_the_rest() -> None:
    one_time, names = OneTime(HORIZON), ("one_time", "tenure")
    one_time.share = 0.5
    plans = [{"plan=gold": 1.0}, {"plan=gold": 1.0}]
    rows = Rows(names, np.array([[1.0, 1.0], [0.0, 1.0]]), plans)
    parts = Parts(np.zeros(2), np.ones((2, 2)), [{"plan=gold": 0.6}] * 2)
    leaned = one_time.lean(parts, rows, Rate(0.2))
    assert [row["plan=gold"] for row in leaned.categories] == [0.3, 0.6]
    assert leaned.total()[1] == parts.total()[1]
    assert leaned.total()[0] == pytest.approx(0.5 * 2.6 + 0.5 * np.log(0.2 / 0.8))
