"""Ownership: who looks after a customer, and since when nobody does (D15).

A *gap* begins when the account manager leaves, and ends when the new owner makes contact: the one
stated as manager at that moment or, where none is stated after the departure, any other employee.
A departure is known from profiles (another manager is stated) or from a signal of the whole company
(`note_departure`). A manager who is stated again after a departure is back.

All that is held here is by event time, newest wins, whatever the order of arrival; of more than
`MAX_STATEMENTS` or `MAX_CONTACTS` the oldest go.
"""

from itertools import pairwise
from typing import NamedTuple

from detectors.customer.state import CustomerState, Staff, Statement

MAX_STATEMENTS = 8
MAX_CONTACTS = 6


class Gap(NamedTuple):
    """Nobody has looked after the customer since (epoch s)."""

    left: str
    """The manager who left."""
    since: float
    successor: str
    """The manager stated since; empty if none is."""
    event_id: str = ""
    """The event that told of it: a profile, or that of the whole company."""


def note_manager(state: CustomerState, manager: str, at: float, event_id: str = "") -> None:
    """Keep that `manager` was stated as account manager as of `at`, by the event of this id."""
    staff = state.staff = state.staff or Staff()
    statements = staff.managers = sorted([*staff.managers, Statement(at, manager, event_id)])
    for place, (one, other) in enumerate(pairwise(statements)):
        if one[:2] == other[:2]:  # said twice: the smaller id stays, whatever the order of arrival
            del statements[place + 1]
            return
    if len(statements) > MAX_STATEMENTS:
        del statements[_dispensable(statements)]


def note_contact(state: CustomerState, employee: str, at: float) -> None:
    """Keep that `employee` was in contact with the customer."""
    staff = state.staff = state.staff or Staff()
    if (at, employee) not in staff.contacts:
        staff.contacts = sorted([*staff.contacts, (at, employee)])[-MAX_CONTACTS:]


def note_departure(staff: Staff, left_at: float, noted_at: float, event_id: str = "") -> None:
    """Note that the manager of now left at `left_at`; from `noted_at` on it is known.

    `event_id`: of the event by which the whole company was told.
    """
    staff.left, staff.left_at, staff.noted_at = manager_of(staff), left_at, noted_at
    staff.left_by = event_id


def forget_departure(staff: Staff) -> None:
    """The manager of whom a signal told is back."""
    staff.left, staff.left_at, staff.noted_at, staff.left_by = "", 0.0, 0.0, ""


def manager_of(staff: Staff, at: float = float("inf")) -> str:
    """Who was stated as manager by the moment `at` (epoch s; by default now); empty for none."""
    return next((said.manager for said in reversed(staff.managers) if said.at <= at), "")


def stated_at(staff: Staff) -> float:
    """When the manager of now was stated last (epoch s); 0 without one."""
    return staff.managers[-1].at if staff.managers else 0.0


def gap_at(staff: Staff | None, at: float) -> Gap | None:
    """The gap at the moment `at` (epoch s); None while somebody looks after the customer."""
    gap = departure_at(staff, at)
    if staff is None or gap is None or _closing(staff, gap, at):
        return None
    return gap


def settle(staff: Staff, at: float) -> None:
    """Remember when the gap was closed, so that it stays so whoever is in contact later."""
    gap = departure_at(staff, at)
    if gap is not None and (closed_at := _closing(staff, gap, at)):
        staff.settled_since, staff.settled_at = gap.since, closed_at


def departure_at(staff: Staff | None, at: float) -> Gap | None:
    """The newest departure of a manager, whether or not somebody has been in contact since."""
    if staff is None:
        return None
    known = [said for said in staff.managers if said.at <= at]
    changes = [
        (now.at, before.manager, now.event_id)
        for before, now in pairwise(known)
        if now.manager != before.manager
    ]
    since, left, event_id = changes[-1] if changes else (0.0, "", "")
    is_noted = staff.left and staff.noted_at <= at and not _is_back(staff, known)
    # Of one departure the first news holds; of two the later one.
    if is_noted and (staff.left == left or staff.left_at > since):
        since, left, event_id = staff.left_at, staff.left, staff.left_by
    if not left:
        return None
    manager = known[-1].manager
    return Gap(left, since, "" if manager == left else manager, event_id)


def _is_back(staff: Staff, known: list[Statement]) -> bool:
    """Whether the manager who left is stated as of a moment after the departure.

    A profile of before it that comes later says nothing of a return.
    """
    return any(said.manager == staff.left and said.at > staff.left_at for said in known)


def _closing(staff: Staff, gap: Gap, at: float) -> float:
    """When the first contact of a new owner that is known of closed the gap; 0 while it is open."""
    found = [staff.settled_at] if staff.settled_since == gap.since else []
    for time, employee in staff.contacts:
        if gap.since < time:
            owner = manager_of(staff, time)
            if employee == owner if owner not in ("", gap.left) else employee != gap.left:
                found.append(time)
                break
    return min((time for time in found if time <= at), default=0.0)


def _dispensable(statements: list[Statement]) -> int:
    """One amid others that say the same, or else the oldest."""
    names = [said.manager for said in statements]
    amid = (n for n in range(1, len(names) - 1) if names[n - 1] == names[n] == names[n + 1])
    return next(amid, 0)
