"""Heavy hitters: whatever comes, the heaviest are held, and none weighs less than it came."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.surge.slots import Slots

CAPACITY = 5


@settings(max_examples=50)
@given(st.lists(st.integers(0, 12), max_size=200))
def test_the_guarantees_of_space_saving_hold(names: list[int]) -> None:
    slots, true = Slots(CAPACITY), Counter(names)
    for name in names:
        key = (str(name),)
        slot = slots.find(key)
        if slot is None:
            slot, _ = slots.admit(key, 0.0, ())
        slots.add(slot, 1.0)
    least = min(slots.weights)
    for name, count in true.items():
        slot = slots.find((str(name),))
        if slot is None:
            assert count <= least
        else:
            assert count <= slots.weights[slot] <= count + len(names) / CAPACITY


def test_a_row_that_is_kept_is_not_given_away() -> None:
    slots = Slots(2)
    slots.admit(("a",), 0.0, ())
    slots.admit(("b",), 5.0, ())
    assert slots.admit(("c",), 0.0, (0,)) == (1, ("b",))


def test_a_hundred_thousand_products_take_no_more_room_than_there_are_rows() -> None:
    slots = Slots(CAPACITY)
    for number in range(100_000):
        slot, _ = slots.admit((f"p{number}",), 0.0, ())
        slots.add(slot, 1.0)
    assert len(slots) == len(slots.keys) == len(slots.weights) == CAPACITY
    assert slots.find(("p99999",)) is not None
    assert slots.find(("p0",)) is None
