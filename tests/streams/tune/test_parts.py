"""The parts of the past do not touch, and what is too short is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.tune.errors import TuneError
from streams.tune.parts import GOOD, LEAST, parts_of


@given(st.integers(0, 20_000), st.integers(1, 2_000), st.integers(1, 400), st.integers(1, 1_000))
def test_the_parts_lie_where_outcomes_are_known(
    first: int, length: int, horizon: int, window: int
) -> None:
    last = first + length
    try:
        parts = parts_of(first, last, horizon, window)
    except TuneError:
        assert length + 1 < 2 * horizon + 2 * LEAST
        return
    one, two = parts.chosen_on, parts.measured_on
    assert first + horizon <= one.first <= one.last < two.first <= two.last == last - horizon
    assert one.first <= first + horizon + window
    assert one.weeks == two.weeks >= LEAST / 7


@given(st.integers(1, 400), st.integers(0, 1_000), st.integers(1, 1_000))
def test_with_enough_data_the_outcomes_of_the_first_part_are_known_before_the_later_one(
    horizon: int, more: int, window: int
) -> None:
    parts = parts_of(0, 3 * horizon + 2 * GOOD + more, horizon, window)
    assert parts.chosen_on.last + horizon < parts.measured_on.first


def test_too_short_data_are_refused_with_what_it_takes() -> None:
    with pytest.raises(TuneError, match=r"span 100 days; .* horizon of 60 days .* at least 148"):
        parts_of(0, 99, 60, 90)


def test_with_data_enough_the_first_wave_has_passed() -> None:
    assert parts_of(0, 1_000, 60, 90).chosen_on.first == 60 + 90
