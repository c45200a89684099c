"""Complaints of one customer: which were open at which moment, in whatever order steps came."""

from detectors.customer.state import ComplaintCase, CustomerState
from schemas.complaint import Complaint

MAX_CASES = 16
"""Cases held one by one; older ones are only counted."""
MAX_TURNS = 8
"""Endings and reopenings held of a case, the newest."""


def apply_complaint(state: CustomerState, event: Complaint, at: float) -> ComplaintCase:
    """Put the stage into its case; stages may arrive in any order."""
    case = next((c for c in state.complaints if c.complaint_id == event.complaint_id), None)
    if case is None:
        case = ComplaintCase(event.complaint_id)
        state.complaints.append(case)
        if len(state.complaints) > MAX_CASES:
            drop_oldest_case(state)
    match event.stage:
        case "opened":
            case.opened_at = min(case.opened_at or at, at)
        case "resolved" | "withdrawn":
            turn(case, at, ends=True)
        case "reopened" | "escalated":
            turn(case, at, ends=False)
        case _:
            pass
    if event.severity is not None:
        case.severity = max(case.severity, event.severity)
    # Of two statements the greater one: the order of arrival must not matter.
    case.product_id = max(case.product_id, event.product_id or "")
    case.channel = max(case.channel, event.channel or "")
    if event.cause and (at, event.cause) > (case.cause_at, case.cause):
        case.cause_at, case.cause = at, str(event.cause)
    return case


def turn(case: ComplaintCase, at: float, *, ends: bool) -> None:
    """Note that the case ended, or was taken up again."""
    case.turns.append((at, ends))
    case.turns.sort()
    del case.turns[:-MAX_TURNS]


def drop_oldest_case(state: CustomerState) -> None:
    """Make room: the first closed case goes, or the very first one; it stays counted."""
    state.past_complaints += 1
    for index, case in enumerate(state.complaints):
        if case.turns and case.turns[-1][1]:
            del state.complaints[index]
            return
    del state.complaints[0]


def is_known(case: ComplaintCase, at: float) -> bool:
    """Whether anything but an answer was known of the complaint at the moment `at` (epoch s)."""
    return 0 < case.opened_at <= at or bool(case.turns and case.turns[0][0] <= at)


def is_open(case: ComplaintCase, at: float) -> bool:
    """Whether the complaint was open at the moment `at` (epoch s): opened or taken up, not ended.

    An ending holds even if its time lies before the opening's: two clocks may differ.
    """
    last_ended = None
    for time, ends in case.turns:
        if time <= at:
            last_ended = ends
    return 0 < case.opened_at <= at if last_ended is None else not last_ended


def open_cases(state: CustomerState, at: float) -> list[ComplaintCase]:
    """The complaints open at the moment `at`."""
    return [case for case in state.complaints if is_open(case, at)]
