"""Complaints of one customer: what each step adds to its case, in whatever order steps come."""

from typing import NamedTuple

from detectors.complaints.causes.classifier import MOST_TOKENS
from detectors.complaints.causes.keywords import default_keywords
from detectors.complaints.causes.tokens import pack, unpack
from detectors.complaints.life import TURNS, is_open
from detectors.customer.state import MONEY, ComplaintCase, CustomerState, Stated, bounded
from schemas.complaint import Complaint

MAX_CASES = 16
"""Cases held one by one; older ones are only counted."""
MAX_TURNS = 8
"""Endings, reopenings and escalations held of a case, the newest."""


MAX_STATED = 8
"""Steps whose severity, region and compensation are held one by one."""


class Applied(NamedTuple):
    """What a step did."""

    case: ComplaintCase
    dropped: ComplaintCase | None
    """The case that made room for a new one."""
    words: list[int]
    """Hashed words whose cause the step states: what it teaches."""


def apply_complaint(state: CustomerState, event: Complaint, at: float) -> Applied:
    """Put the stage into its case; stages may arrive in any order."""
    case, dropped = _case_of(state, event.complaint_id)
    match event.stage:
        case "opened":
            case.opened_at = min(case.opened_at or at, at)
        case "responded":
            case.responded_at = min(case.responded_at or at, at)
        case stage:
            _turn(case, at, int(TURNS[stage]))
    _note_stated(case, event, at)
    _note_about(case, event)
    return Applied(case, dropped, _note_cause(case, event, at))


def case_of(state: CustomerState, complaint_id: str) -> ComplaintCase | None:
    """The case of a complaint, if it is held."""
    return next((case for case in state.complaints if case.complaint_id == complaint_id), None)


def open_cases(state: CustomerState, at: float) -> list[ComplaintCase]:
    """The complaints open at the moment `at`."""
    return [case for case in state.complaints if is_open(case, at)]


def _case_of(state: CustomerState, complaint_id: str) -> tuple[ComplaintCase, ComplaintCase | None]:
    """The case, begun if it is new, and the one that made room for it."""
    known = case_of(state, complaint_id)
    if known is not None:
        return known, None
    case = ComplaintCase(complaint_id, level=state.level)
    state.complaints.append(case)
    dropped = _drop_oldest(state) if len(state.complaints) > MAX_CASES else None
    return case, dropped


def _turn(case: ComplaintCase, at: float, code: int) -> None:
    """Note that the case ended, or was taken up again."""
    case.turns.append((at, code))
    case.turns.sort()
    del case.turns[:-MAX_TURNS]


def _note_stated(case: ComplaintCase, event: Complaint, at: float) -> None:
    """Keep what the step says beside its stage; of many, the oldest become one."""
    given = round((event.compensation or 0.0) * MONEY)
    if event.severity is None and not event.region and not given:
        return
    stated = case.stated
    if case.severity and not stated:
        stated.append(Stated(0.0, case.severity))  # version 3 did not know when
    stated.append(Stated(at, event.severity or 0, event.region or "", given))
    stated.sort()
    if len(stated) > MAX_STATED:
        first, second = stated[:2]
        stated[:2] = [
            Stated(
                second.at,
                max(first.severity, second.severity),
                second.region or first.region,
                bounded(first.compensation + second.compensation),
            )
        ]
    case.severity = max(case.severity, event.severity or 0)


def _note_about(case: ComplaintCase, event: Complaint) -> None:
    """Keep what it is about.

    Of two statements the greater one: the order of arrival must not matter.
    """
    named = [event.product_id or "", event.category or "", event.channel or ""]
    if any(named):
        known = case.about or ["", "", ""]
        case.about = [max(pair) for pair in zip(known, named, strict=True)]


def _note_cause(case: ComplaintCase, event: Complaint, at: float) -> list[int]:
    """Keep a stated cause, or the words while there is none; returns the words it explains.

    The text itself is not kept: see `causes.tokens`.
    """
    words: list[int] = []
    if event.text:
        words = default_keywords().tokens_of(event.text, MOST_TOKENS)
    is_stated = bool(event.cause) and event.cause != "unknown"
    if is_stated:
        words = words or unpack(case.words)
        if (at, str(event.cause)) > (case.cause_at, case.cause):
            case.cause_at, case.cause = at, str(event.cause)
        case.words, case.words_at = b"", 0.0
        return words
    if (
        words
        and not case.cause
        and (not case.words or (at, pack(words)) < (case.words_at, case.words))
    ):
        case.words_at, case.words = at, pack(words)
    return []


def _drop_oldest(state: CustomerState) -> ComplaintCase:
    """Make room: the first closed case goes, or the very first one; it stays counted."""
    state.past_complaints += 1
    for index, case in enumerate(state.complaints):
        if case.turns and case.turns[-1][1] > 0:
            return state.complaints.pop(index)
    return state.complaints.pop(0)
