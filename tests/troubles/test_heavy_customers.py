"""Customers with 50,000 events: what is stored of them is bounded, and so is the cost of each."""

import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from detectors.customer.apply import MAX_SEEN
from detectors.durations import DAY
from tests.detectors.builders import Happening, interaction, on
from tests.troubles.world import World, rules, sound

MANY = 50_000
LIMIT = 3 * 8 * MAX_SEEN + 5_000
"""Bytes: the newest event ids of each day of the duplicate window take most of it."""


def events(count: int, days: float) -> Iterator[Happening]:
    """So many purchases of one customer, evenly over the days."""
    for number in range(count):
        at = on(0) + number * days * DAY / count
        yield interaction(f"e{number}", "ann", at, "purchase", amount=1.0, channel=f"c{number}")


@pytest.fixture(
    scope="module", params=[0.9, 2.9, 100.0], ids=["in a day", "in 3 days", "in 100 days"]
)
def heavy(request: pytest.FixtureRequest) -> World:
    """A customer of 50,000 events."""
    return World(rules()).run(events(MANY, request.param))


def test_all_events_count(heavy: World) -> None:
    state = heavy.states["ann"]
    assert heavy.tally.counts == {("interactions", "applied"): MANY}
    assert state.settled.purchases + sum(day.purchases for day in state.days) == MANY


def test_the_state_stays_small(heavy: World) -> None:
    heavy.wait(130)
    sound(heavy)
    assert heavy.state_size("ann") < LIMIT


def test_ten_times_the_events_do_not_make_the_state_larger() -> None:
    sizes = [World(rules()).run(events(n, 50.0)).state_size("ann") for n in (5_000, 20_000)]
    assert max(sizes) < LIMIT


def test_the_work_for_an_event_does_not_grow_with_the_events_before_it() -> None:
    """Counted in Python calls, as time is not the same twice."""
    world, calls = World(rules()), []
    for number, part in enumerate(batches(list(events(8_000, 0.9)), 2_000)):
        counted = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal counted
            counted += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            world.run(part)
        finally:
            sys.setprofile(None)
        calls.append((number, counted))
    first, *later = (counted for _, counted in calls)
    assert max(later) < 1.2 * first


def batches(items: list[Happening], size: int) -> Iterator[list[Happening]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
