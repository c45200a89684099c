"""Time is worth the labels that it brings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.models.logistic import SecondOrderLogistic
from detectors.models.pace import Pace


def _steady(labels: int, days: int = 200) -> Pace:
    pace = Pace()
    for _ in range(days):
        pace.advance(1.0)
        pace.days_for(labels)
    return pace


def test_a_steady_stream_gets_every_day_whole() -> None:
    pace = _steady(40)
    pace.advance(1.0)
    assert pace.days_for(40) == pytest.approx(1.0)


def test_days_without_labels_wait_for_the_next_ones() -> None:
    pace = _steady(40)
    pace.advance(1.0)
    pace.advance(2.0)
    assert pace.days_for(4_000) == pytest.approx(3.0)


def test_a_tenth_of_the_usual_labels_is_a_tenth_of_a_day_and_the_rest_is_gone() -> None:
    pace = _steady(40)
    pace.advance(1.0)
    assert pace.days_for(4) == pytest.approx(0.1, rel=0.05)
    pace.advance(1.0)
    assert pace.days_for(40) == pytest.approx(1.0)


def test_labels_one_by_one_are_worth_about_as_much_as_together() -> None:
    together, single = _steady(40), _steady(40)
    together.advance(1.0)
    single.advance(1.0)
    one_by_one = sum(single.days_for(1) for _ in range(40))
    assert one_by_one == pytest.approx(together.days_for(40), rel=0.02)


def test_a_new_pace_is_usual_before_long() -> None:
    pace = _steady(1_000)
    for _ in range(600):
        pace.advance(1.0)
        pace.days_for(10)
    pace.advance(1.0)
    assert pace.days_for(10) > 0.7


@given(st.lists(st.tuples(st.floats(0.0, 1e4), st.integers(1, 10_000)), max_size=30))
def test_it_never_gives_more_than_has_passed(steps: list[tuple[float, int]]) -> None:
    pace = Pace()
    for days, labels in steps:
        pace.advance(days)
        assert pace.days_for(labels) >= 0.0
        restored = Pace.from_json(pace.to_json())
        assert restored.to_json() == pace.to_json()
    given_back = Pace()
    total = passed = 0.0
    for days, labels in steps:
        given_back.advance(days)
        passed += days
        total += given_back.days_for(labels)
    assert total <= passed * (1.0 + 1e-12)


@pytest.mark.parametrize("data", [[], [1.0, 2.0], [1.0, 1.0, math.nan, 0.0], [-1.0, 0.0, 0.0, 0.0]])
def test_a_broken_snapshot_is_refused(data: list[float]) -> None:
    with pytest.raises(ValueError, match="pace is"):
        Pace.from_json(data)


def test_a_handful_of_odd_labels_cannot_turn_a_busy_model() -> None:
    """A quiet stretch of other customers moves the intercept less where it is unusual."""
    busy = SecondOrderLogistic(prior_intercept=-2.0)
    for _ in range(100):
        busy.advance(1.0)
        busy.learn_block([{}] * 200, [True] * 24 + [False] * 176)
    quiet = SecondOrderLogistic.from_json({**busy.to_json(), "pace": _steady(5).to_json()})

    def moved(model: SecondOrderLogistic) -> float:
        before = model.intercept
        for _ in range(30):
            model.advance(1.0)
            model.learn_block([{}] * 5, [True] * 3 + [False] * 2)
        return model.intercept - before

    assert 0.0 < moved(busy) < 0.8 * moved(quiet)


def test_an_earlier_snapshot_without_pace_is_read() -> None:
    model = SecondOrderLogistic()
    model.learn_one({"a": 1.0}, True)
    content = {**model.to_json(), "format": "second-order-logistic/1"}
    del content["pace"]
    restored = SecondOrderLogistic.from_json(content)
    assert restored.log_odds({"a": 1.0}) == model.log_odds({"a": 1.0})
