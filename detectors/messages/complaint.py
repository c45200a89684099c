"""The alert of a complaint."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from detectors.complaints.causes.classifier import Recognised
from detectors.complaints.clocks import RESPONSE, Clock, clocks_at, share_used, urgency
from detectors.complaints.life import region_at, runs_at, severity_at, state_at
from detectors.customer.state import ComplaintCase, CustomerState
from detectors.durations import HOUR
from detectors.effects import Message
from detectors.messages.envelope import digest, message, moment
from detectors.policy import Policy
from schemas.complaint_alert import ComplaintAlert
from schemas.reasons import Reason

_WORDS = {
    "approaching_breach": "{clock} will soon be overdue",
    "breach": "{clock} is overdue",
}
_CLOCK_NAMES = {"response": "the first response", "resolution": "the resolution"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a complaint."""

    kind: str
    """See `schemas.complaint_alert.ComplaintAlertKind`."""
    cause: str
    """What caused it: the event's id, or a digest of the clock's moment."""
    at: float
    """The moment of which it speaks (epoch s)."""
    incident_id: str = ""
    """The incident that explains it; empty for none."""
    clock: str = ""
    """``response`` or ``resolution`` for what a clock tells."""


def complaint_alert(
    state: CustomerState,
    case: ComplaintCase,
    stage: str,
    told: Told,
    recognised: Recognised,
    policy: Policy,
) -> Message:
    """The event for one step in the life of a complaint's alert."""
    at = told.at
    run = runs_at(case, at)[-1:]
    clocks = clocks_at(case, at, policy)
    clocks = [clock for clock in clocks if run and clock.after == run[0].after]
    running = sorted(
        (clock for clock in clocks if not clock.stopped_at), key=lambda clock: clock.due_at
    )
    due = {clock.name: _time(clock.due_at) for clock in clocks}
    severity = severity_at(case, at)
    shares = [share_used(clock, at) for clock in running]
    urgent = max(shares, default=None)
    is_stated = bool(case.cause)
    alert = ComplaintAlert(
        alert_id=case.alert_id,
        customer_id=state.customer_id,
        complaint_id=case.complaint_id,
        stage=stage,  # type: ignore[arg-type]
        occurred_at=moment(at),
        kind=told.kind,  # type: ignore[arg-type]
        incident_id=told.incident_id or None,
        state=state_at(case, at),  # type: ignore[arg-type]
        severity=severity or None,
        cause=recognised.cause if is_stated or case.words else None,  # type: ignore[arg-type]
        cause_confidence=None if is_stated or not case.words else round(recognised.confidence, 4),
        cause_words=list(recognised.words),
        value_at_stake=round(case.value, 2),
        currency=state.currency or policy.value.currency or None,
        level=case.level or None,  # type: ignore[arg-type]
        region=region_at(case, at) or None,
        priority=None if urgent is None else round(case.value * urgency(urgent, policy), 2),
        opened_at=_time(run[0].start) if run else None,
        responded_at=_time(case.responded_at) if case.responded_at <= at else None,
        resolved_at=_time(run[0].end) if run else None,
        response_due_at=due.get(RESPONSE),
        resolution_due_at=due.get("resolution"),
        due_at=_time(running[0].due_at) if running else None,
        reasons=[
            Reason(
                feature="complaint",
                contribution=0.0,
                value=float(severity),
                text=_sentence(stage, told),
            ),
            *map(_clock_reason, running, shares),
        ],
        evidence=[case.complaint_id if told.clock or stage == "expired" else told.cause],
    )
    return message(
        "complaint-alerts",
        alert,
        key=state.customer_id,
        id=digest("complaint", state.customer_id, case.complaint_id, told.kind, told.cause),
        at=at,
    )


def _sentence(stage: str, told: Told) -> str:
    if stage == "expired":
        return "complaint no longer followed: the customer has too many newer ones"
    if stage == "folded" and not told.clock:
        return "complaint explained by an incident"
    if told.clock:
        return _WORDS[told.kind].format(clock=_CLOCK_NAMES[told.clock])
    return f"complaint {told.kind}"


def _clock_reason(clock: Clock, share: float) -> Reason:
    """`share`: of the allowed time that has passed."""
    due = _time(clock.due_at)
    # strftime takes twice as long
    by = f"due {due.isoformat(' ', 'minutes')[:16]} UTC" if due else "never due by the calendar"
    hours = f"{share:.0%} of {clock.allowed / HOUR:g} working hours used"
    return Reason(
        feature=f"{clock.name}_clock",
        contribution=0.0,
        value=round(share, 4),
        text=f"{_CLOCK_NAMES[clock.name]} {by}, {hours}",
    )


def _time(at: float) -> datetime | None:
    """The moment as a time; None for none (0) or never (infinity)."""
    return moment(at) if at and isfinite(at) else None
