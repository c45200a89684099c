"""Repeats of an event id."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.duplicates import SIZE, event_hash, is_seen
from detectors.customer.state import Day

marks = st.lists(st.binary(min_size=SIZE, max_size=SIZE), max_size=12)


@given(marks, marks, st.binary(min_size=SIZE, max_size=SIZE))
def test_a_mark_is_seen_when_it_stands_at_its_place_in_any_day(
    one: list[bytes], other: list[bytes], mark: bytes
) -> None:
    days = [Day(1, seen=b"".join(one)), Day(2, seen=b"".join(other))]
    assert is_seen(mark, days) == (mark in one or mark in other)
    assert all(is_seen(known, days) for known in one + other)


def test_bytes_of_two_marks_side_by_side_are_no_mark() -> None:
    assert not is_seen(b"BBBBAAAA", [Day(1, seen=b"AAAABBBBAAAABBBB")])
    assert is_seen(b"AAAABBBB", [Day(1, seen=b"xAAAABBBAAAABBBB")])


def test_different_ids_have_different_marks_of_the_same_size() -> None:
    made = {event_hash(f"event-{number}") for number in range(10_000)}
    assert len(made) == 10_000
    assert {len(mark) for mark in made} == {SIZE}
