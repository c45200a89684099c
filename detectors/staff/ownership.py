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

from detectors.customer.state import CustomerState, Staff

MAX_STATEMENTS = 8
MAX_CONTACTS = 6


class Gap(NamedTuple):
    """Nobody has looked after the customer since (epoch s)."""

    left: str
    """The manager who left."""
    since: float
    successor: str
    """The manager stated since; empty if none is."""


def note_manager(state: CustomerState, manager: str, at: float) -> None:
    """Keep that `manager` was stated as account manager as of `at`."""
    staff = state.staff = state.staff or Staff()
    statements = staff.managers
    if (at, manager) in statements:
        return
    statements.append((at, manager))
    statements.sort()
    if len(statements) > MAX_STATEMENTS:
        del statements[_dispensable(statements)]


def note_contact(state: CustomerState, employee: str, at: float) -> None:
    """Keep that `employee` was in contact with the customer."""
    staff = state.staff = state.staff or Staff()
    if (at, employee) not in staff.contacts:
        staff.contacts = sorted([*staff.contacts, (at, employee)])[-MAX_CONTACTS:]


def note_departure(staff: Staff, left_at: float, noted_at: float) -> None:
    """Note that the manager of now left at `left_at`; from `noted_at` on it is known."""
    staff.left, staff.left_at, staff.noted_at = manager_of(staff), left_at, noted_at


def forget_departure(staff: Staff) -> None:
    """The manager of whom a signal told is back."""
    staff.left, staff.left_at, staff.noted_at = "", 0.0, 0.0


def manager_of(staff: Staff, at: float = float("inf")) -> str:
    """Who was stated as manager by the moment `at` (epoch s; by default now); empty for none."""
    return next((name for time, name in reversed(staff.managers) if time <= at), "")


def stated_at(staff: Staff) -> float:
    """When the manager of now was stated last (epoch s); 0 without one."""
    return staff.managers[-1][0] if staff.managers else 0.0


def gap_at(staff: Staff | None, at: float) -> Gap | None:
    """The gap at the moment `at` (epoch s); None while somebody looks after the customer."""
    gap = None if staff is None else _departure(staff, at)
    if staff is None or gap is None or _closing(staff, gap, at):
        return None
    return gap


def settle(staff: Staff, at: float) -> None:
    """Remember when the gap was closed, so that it stays so whoever is in contact later."""
    gap = _departure(staff, at)
    if gap is not None and (closed_at := _closing(staff, gap, at)):
        staff.settled_since, staff.settled_at = gap.since, closed_at


def _departure(staff: Staff, at: float) -> Gap | None:
    """The newest departure of a manager, whether or not somebody has been in contact since."""
    known = [item for item in staff.managers if item[0] <= at]
    changes = [(time, before) for (_, before), (time, name) in pairwise(known) if name != before]
    since, left = changes[-1] if changes else (0.0, "")
    is_noted = staff.left and staff.noted_at <= at and not _is_back(staff, known)
    # Of one departure the first news holds; of two the later one.
    if is_noted and (staff.left == left or staff.left_at > since):
        since, left = staff.left_at, staff.left
    if not left:
        return None
    manager = known[-1][1]
    return Gap(left, since, "" if manager == left else manager)


def _is_back(staff: Staff, known: list[tuple[float, str]]) -> bool:
    return any(name == staff.left and time > staff.left_at for time, name in known)


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


def _dispensable(statements: list[tuple[float, str]]) -> int:
    """One amid others that say the same, or else the oldest."""
    for place in range(1, len(statements) - 1):
        if statements[place - 1][1] == statements[place][1] == statements[place + 1][1]:
            return place
    return 0
