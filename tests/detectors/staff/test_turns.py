"""Turns by themselves: a manager with very many customers, and a clock that jumps."""

from collections.abc import Iterator
from itertools import pairwise

from detectors.customer.state import new_state
from detectors.durations import DAY, MINUTE
from detectors.policy import Staff
from detectors.staff.ownership import note_manager
from detectors.staff.turns import Turn, Turns
from schemas.situation import Departure, Situation
from tests.detectors.builders import moment, on

COUNT = 50_000
LEFT = on(20)
BACK = LEFT + DAY


def turns_of(count: int) -> Turns:
    """Of a manager with so many customers, each worth something else."""
    turns = Turns(0, Staff())
    for number in range(count):
        state = new_state(f"c{number}")
        note_manager(state, "m1", on(1))
        assert state.staff is not None
        state.staff.value = float(number * 7919 % count)
        turns.index.put(state)
    return turns


def situation(at: float, back_at: float | None = None) -> Situation:
    back = None if back_at is None else moment(back_at)
    departure = Departure(employee_id="m1", left_at=moment(LEFT), back_at=back)
    return Situation(as_of=moment(at), version=str(at), departures=[departure])


def values_of(turns: Turns, due: Iterator[Turn]) -> list[float]:
    customers = turns.index.customers("m1")
    return [customers[name] for turn in due for name in turn.customers]


def test_50_000_customers_hear_of_it_in_100_turns_and_of_the_return_the_next_day() -> None:
    turns = turns_of(COUNT)
    turns.install(situation(LEFT), LEFT)
    due = list(turns.due(LEFT + 98.5 * MINUTE))
    assert {len(turn.customers) for turn in due} == {500}
    assert [later.at - turn.at for turn, later in pairwise(due)] == [MINUTE] * 98
    assert len(turns) == 500  # the last have not heard of it when the manager is back
    values = values_of(turns, iter(due))
    assert values == sorted(values, reverse=True)
    assert turns.departure_of("m1") is not None
    turns.install(situation(BACK, BACK), BACK)
    assert sum(len(turn.customers) for turn in turns.due(BACK - 1)) == 500
    again = list(turns.due(BACK + DAY))
    assert sum(len(turn.customers) for turn in again) == COUNT
    assert turns.departure_of("m1") is None
    assert len(turns) == 0


def test_what_is_stored_of_the_turns_is_deleted_when_they_are_done() -> None:
    turns = turns_of(2_000)
    turns.install(situation(LEFT), LEFT)
    list(turns.due(LEFT))
    assert [value is None for value in turns.written().values()].count(False) == 1 + 3
    list(turns.due(LEFT + DAY))
    written = turns.written()
    assert len(written) == 3
    assert set(written.values()) == {None}
