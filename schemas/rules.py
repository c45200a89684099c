"""What a payload must keep beyond its types: signs, companions of a field, printable ids."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from schemas.complaint import Complaint
from schemas.feedback import Feedback
from schemas.interaction import KINDS, SIGNED_KINDS, STAFF_KINDS, Interaction
from schemas.profile import Profile
from schemas.refusal import Refusal
from schemas.reject import RejectReason

_UNSIGNED_KINDS = KINDS - SIGNED_KINDS
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FREE_TEXT = frozenset({"text"})


def interaction(event: Interaction) -> None:
    """Known kinds but `return` and `payment` have no negative quantity or money.

    What tells of an employee names one.
    """
    if event.kind in STAFF_KINDS and event.employee_id is None:
        raise Refusal(
            RejectReason.MISSING_FIELD, f"employee_id: missing, needed for kind {event.kind}"
        )
    if event.kind in _UNSIGNED_KINDS:
        # compared here rather than in a call each: this runs for every event
        for value in (event.quantity, event.unit_price, event.amount, event.discount, event.cost):
            if value is not None and value < 0:
                _refuse_negative(event)


def _refuse_negative(event: Interaction) -> None:
    for name in ("quantity", "unit_price", "amount", "discount", "cost"):
        _not_negative(name, getattr(event, name))


def complaint(event: Complaint) -> None:
    """A compensation is given, never taken."""
    _not_negative("compensation", event.compensation)


def profile(event: Profile) -> None:
    """Wallet spend is not negative; a contract does not end before it begins."""
    _not_negative("wallet_spend", event.wallet_spend)
    start, end = event.contract_start, event.contract_end
    if start is not None and end is not None and end < start:
        raise Refusal(RejectReason.CONTRADICTION, "contract_end: before contract_start")


_COMPANIONS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "survey": (("score_csat", "score_nps"),),
    "alert": (("alert_id",), ("alert_stage",)),
    "offer": (("offer_outcome",),),
    "reason": (("reason", "competitor"),),
}
"""Kind of feedback → groups of fields, of each of which at least one must be present."""


def feedback(event: Feedback) -> None:
    """Each kind of feedback carries what makes it one."""
    for group in _COMPANIONS[event.kind]:
        if all(getattr(event, name) is None for name in group):
            needed = f"{' or '.join(group)}: missing, needed for kind {event.kind}"
            raise Refusal(RejectReason.MISSING_FIELD, needed)


RULES: Mapping[type, Callable[[Any], None]] = {
    Interaction: interaction,
    Complaint: complaint,
    Profile: profile,
    Feedback: feedback,
}
"""Payload → its rule, which raises Refusal."""


def printable(event: Any, max_length: int) -> None:
    """Every id and label of `event` is at most `max_length` long, without control characters."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, str) and name not in _FREE_TEXT:
            _printable(name, value, max_length)
        elif isinstance(value, dict):
            for attribute in value:
                _printable(f"a name in {name}", attribute, max_length)


def _printable(name: str, value: str, max_length: int) -> None:
    if len(value) > max_length:
        raise Refusal(RejectReason.ID_TOO_LONG, f"{name}: longer than {max_length} characters")
    if _CONTROL.search(value):
        raise Refusal(RejectReason.CONTROL_CHARACTER, f"{name}: holds a control character")


def _not_negative(name: str, value: float | None) -> None:
    if value is not None and value < 0:
        raise Refusal(RejectReason.NEGATIVE, f"{name}: negative")
