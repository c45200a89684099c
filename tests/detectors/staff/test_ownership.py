"""Who looks after a customer: gaps begin, end, and end in another way (D15)."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.state import CustomerState, Staff, new_state
from detectors.staff.ownership import (
    MAX_CONTACTS,
    MAX_STATEMENTS,
    Gap,
    forget_departure,
    gap_at,
    manager_of,
    note_contact,
    note_departure,
    note_manager,
    settle,
)


def staff_of(*managers: tuple[float, str], contacts: tuple[tuple[float, str], ...] = ()) -> Staff:
    state = new_state("ann")
    for at, name in managers:
        note_manager(state, name, at)
    for at, name in contacts:
        note_contact(state, name, at)
    assert state.staff is not None
    return state.staff


def test_another_manager_in_the_profile_is_a_gap_until_that_one_makes_contact() -> None:
    staff = staff_of((1, "m1"), (5, "m2"), contacts=((4, "m2"), (6, "m9"), (8, "m2")))
    assert gap_at(staff, 4.5) is None
    assert gap_at(staff, 7) == Gap("m1", 5, "m2")
    assert gap_at(staff, 8) is None
    assert manager_of(staff) == "m2"
    assert manager_of(staff, 4) == "m1"


def test_the_first_manager_ever_stated_leaves_no_gap_and_nobody_has_none() -> None:
    assert gap_at(staff_of((1, "m1"), (3, "m1")), 9) is None
    assert gap_at(None, 9) is None
    assert gap_at(staff_of(contacts=((4, "m2"),)), 9) is None


def test_after_a_departure_without_a_successor_any_other_employee_will_do() -> None:
    staff = staff_of((1, "m1"), contacts=((6, "m1"),))
    note_departure(staff, 5, noted_at=5)
    assert gap_at(staff, 6) == Gap("m1", 5, "")
    assert gap_at(staff_with(staff, (7, "m3")), 7) is None


def test_with_a_successor_only_that_one_will_do() -> None:
    staff = staff_of((1, "m1"), (6, "m2"))
    note_departure_of(staff, "m1", 5)
    assert gap_at(staff_with(staff, (7, "m3")), 8) == Gap("m1", 5, "m2")
    assert gap_at(staff_with(staff, (7, "m2")), 8) is None


def test_a_successor_who_is_stated_later_does_not_open_the_gap_again() -> None:
    staff = staff_of((1, "m1"), (9, "m2"), contacts=((7, "m3"),))
    note_departure_of(staff, "m1", 5)
    assert gap_at(staff, 8) is None
    assert gap_at(staff, 10) is None


def test_nothing_is_known_before_the_turn_of_the_customer() -> None:
    staff = staff_of((1, "m1"))
    note_departure(staff, 5, noted_at=7)
    assert gap_at(staff, 6) is None
    assert gap_at(staff, 7) == Gap("m1", 5, "")


def test_a_manager_who_is_stated_again_or_reported_back_is_back() -> None:
    staff = staff_of((1, "m1"))
    note_departure(staff, 5, noted_at=5)
    again = staff_of((1, "m1"), (6, "m1"))
    note_departure_of(again, "m1", 5)
    assert gap_at(again, 6) is None
    assert gap_at(again, 5.5) == Gap("m1", 5, "")
    forget_departure(staff)
    assert gap_at(staff, 6) is None


def test_a_second_departure_opens_a_gap_of_its_own() -> None:
    staff = staff_of((1, "m1"), (5, "m2"), contacts=((6, "m2"),))
    note_departure(staff, 9, noted_at=9)
    assert gap_at(staff, 9) == Gap("m2", 9, "")


def test_a_closed_gap_stays_closed_whoever_is_in_contact_later() -> None:
    state = new_state("ann")
    note_manager(state, "m1", 1)
    note_manager(state, "m2", 5)
    note_contact(state, "m2", 6)
    assert state.staff is not None
    settle(state.staff, 6)
    for number in range(10):
        note_contact(state, f"other-{number}", 7 + number)
    assert len(state.staff.contacts) == MAX_CONTACTS
    assert gap_at(state.staff, 30) is None
    assert gap_at(state.staff, 5.5) == Gap("m1", 5, "m2")


def test_daily_statements_of_the_same_manager_do_not_push_out_the_change() -> None:
    staff = staff_of((1, "m1"), (2, "m2"), *((3.0 + day, "m2") for day in range(40)))
    assert len(staff.managers) == MAX_STATEMENTS
    assert gap_at(staff, 50) == Gap("m1", 2, "m2")


def test_a_contact_heard_of_late_closes_the_gap_as_of_its_own_time() -> None:
    """However many contacts of the new owner have been heard of before it."""
    early, late = new_state("ann"), new_state("ann")
    for state, times in ((early, (6.0, 7.0, 9.0)), (late, (9.0, 7.0, 6.0))):
        note_manager(state, "m1", 1)
        note_manager(state, "m2", 5)
        for at in times:
            note_contact(state, "m2", at)
            assert state.staff is not None
            settle(state.staff, 20)
        assert gap_at(state.staff, 5.5) is not None
        assert gap_at(state.staff, 6.5) is None
    assert early == late


notes: st.SearchStrategy[tuple[Callable[..., None], str, float]] = st.tuples(
    st.sampled_from([note_manager, note_contact]),
    st.sampled_from(["m1", "m2", "m3"]),
    st.integers(0, 20).map(float),
)


@given(st.lists(notes, max_size=MAX_STATEMENTS), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    told: list[tuple[Callable[..., None], str, float]], random: Any
) -> None:
    one, other = new_state("ann"), new_state("ann")
    tell(one, told)
    again = list(told)
    random.shuffle(again)
    tell(other, again)
    assert one == other


def tell(state: CustomerState, told: list[tuple[Callable[..., None], str, float]]) -> None:
    for note, name, at in told:
        note(state, name, at)


def staff_with(staff: Staff, *contacts: tuple[float, str]) -> Staff:
    return Staff(
        staff.managers, [*staff.contacts, *contacts], staff.left, staff.left_at, staff.noted_at
    )


def note_departure_of(staff: Staff, left: str, at: float) -> None:
    """As it stands where the successor came later than the news."""
    staff.left, staff.left_at, staff.noted_at = left, at, at


@pytest.mark.parametrize("count", [1, 7, 50])
def test_what_is_held_is_bounded(count: int) -> None:
    managers = tuple((float(n), f"m{n}") for n in range(count))
    staff = staff_of(*managers, contacts=managers)
    assert len(staff.managers) <= MAX_STATEMENTS
    assert len(staff.contacts) <= MAX_CONTACTS
    assert manager_of(staff) == f"m{count - 1}"
