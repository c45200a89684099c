"""The settled summary and the days: the same figures, whenever days are settled."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.history import HALF_LIFE, day_of, settle, summarise, windows_at
from detectors.customer.state import (
    CustomerState,
    Day,
    Measure,
    decode_state,
    encode_state,
    new_state,
)

counts = st.integers(0, 3)
money = st.integers(0, 1_000_000)
measures = st.none() | st.dictionaries(
    st.sampled_from(["score", "minutes"]),
    st.builds(Measure, st.integers(1, 3), money, st.floats(1.0, 9.0), money),
    max_size=2,
)
days = st.builds(
    Day, st.integers(1, 60), counts, counts, money, money, counts, counts, counts, counts, counts,
    measures, st.just(b""), counts, money,
)  # fmt: skip


def state_of(history: list[Day]) -> CustomerState:
    """A state with these days; of several with one number the first counts."""
    state = new_state("ann")
    numbers = {day.number: day for day in reversed(history)}
    state.days = [deepcopy(numbers[number]) for number in sorted(numbers)]
    return state


@settings(max_examples=100)
@given(st.lists(days, max_size=25), st.lists(st.integers(1, 50), max_size=6), st.integers(50, 70))
def test_settling_early_late_or_not_at_all_gives_the_same_summary(
    history: list[Day], oldest: list[int], day: int
) -> None:
    never, early = state_of(history), state_of(history)
    for number in sorted(oldest):
        settle(early, number)
        early = decode_state(encode_state(early))
    assert summarise(early, day) == summarise(never, day)
    assert all(item.number >= max(oldest, default=0) for item in early.days)


@given(st.lists(days, max_size=25))
def test_the_decayed_count_halves_every_half_life_and_returns_count_by_days(
    history: list[Day],
) -> None:
    state = state_of(history)
    summary = summarise(state, 60)
    ages = [summary.last_day - day.number for day in state.days if day.activity]
    assert summary.decayed == pytest.approx(sum(0.5 ** (age / HALF_LIFE) for age in ages))
    assert summary.return_days == sum(day.returned > 0 for day in state.days)


@given(st.lists(days, max_size=25), st.integers(1, 60))
def test_a_summary_changes_nothing(history: list[Day], day: int) -> None:
    state = state_of(history)
    before = encode_state(state)
    assert summarise(state, day) == summarise(state, day)
    assert encode_state(state) == before


@given(st.lists(st.integers(1, 30), max_size=40))
def test_days_are_kept_once_and_in_order(numbers: list[int]) -> None:
    state = new_state("ann")
    for number in numbers:
        day_of(state, number).events += 1
    assert [day.number for day in state.days] == sorted(set(numbers))
    assert all(day.events == numbers.count(day.number) for day in state.days)


@given(st.lists(days, max_size=30), st.integers(1, 70), st.sampled_from([7, 30, 31, 120]))
def test_windows_are_sums_over_the_days_in_them(history: list[Day], last: int, window: int) -> None:
    state = state_of(history)
    sums = windows_at(state.days, last, window)

    def within(first_age: int, beyond_age: int) -> list[Day]:
        return [d for d in state.days if first_age <= last - d.number < beyond_age]

    def net(chosen: list[Day]) -> int:
        return sum(d.spend - d.returned for d in chosen)

    assert sums.events_30 == sum(d.events for d in within(0, 30))
    assert sums.contacts_30 == sum(d.contacts for d in within(0, 30))
    assert sums.cancel_requests_30 == sum(d.cancel_requests for d in within(0, 30))
    assert sums.occasions_30 == sum(d.activity > 0 for d in within(0, 30))
    assert sums.occasions_90 == sum(d.activity > 0 for d in within(0, 90))
    assert sums.revenue == net(within(0, window))
    half = window // 2
    assert sums.revenue_recent == net(within(0, half))
    assert sums.revenue_before == net(within(half, 2 * half))
