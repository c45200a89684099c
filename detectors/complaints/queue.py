"""The queue of open complaints, by value at stake times urgency, and how soon loops close (D13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from detectors.complaints.clocks import urgency
from detectors.durations import HOUR
from detectors.policy import Policy
from schemas.complaint_alert import ComplaintAlert


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open complaint with the clock that is furthest on."""

    alert: ComplaintAlert
    """Its latest alert."""
    priority: float
    """Value at stake times urgency, as of the queue's moment."""
    clock: str | None
    """``response`` or ``resolution``; None without a promise."""
    due_at: datetime | None
    used: float
    """Share of the promised working time that has passed; above 1 when overdue."""


@dataclass(frozen=True, slots=True)
class Closed:
    """How soon the loops closed within the policy's report window were closed."""

    count: int
    in_time: float | None
    """Share closed within the policy's `loop_time`, by the clock on the wall."""
    promised: float | None
    """Share closed before the resolution was due."""
    response_hours: float | None
    """Median until the first response (or the ending)."""
    resolution_hours: float | None
    """Median until the ending."""


def newest(alerts: Iterable[ComplaintAlert]) -> dict[str, ComplaintAlert]:
    """The latest alert of each complaint's life, by alert id; `alerts` in their order."""
    return {alert.alert_id: alert for alert in alerts}


def queue_of(alerts: Iterable[ComplaintAlert], at: float, policy: Policy) -> list[Waiting]:
    """The open complaints as of `at` (epoch s), the most pressing first.

    Of equal priority, the one that is due sooner comes first.
    """
    still_open = (alert for alert in newest(alerts).values() if alert.priority is not None)
    waiting = [_waiting(alert, at, policy) for alert in still_open]
    return sorted(waiting, key=_place)


def closed_of(alerts: Iterable[ComplaintAlert], at: float, policy: Policy) -> Closed:
    """The loops closed within the policy's window before `at` (epoch s)."""
    since = at - policy.complaints.report_window
    loops = [
        (alert, alert.opened_at.timestamp(), alert.resolved_at.timestamp())
        for alert in newest(alerts).values()
        if alert.opened_at and alert.resolved_at and alert.resolved_at.timestamp() > since
    ]
    if not loops:
        return Closed(0, None, None, None, None)
    soon = sum(end - start <= policy.complaints.loop_time for _, start, end in loops)
    due = [
        a.resolved_at <= a.resolution_due_at
        for a, _, _ in loops
        if a.resolution_due_at and a.resolved_at
    ]
    answers = [_answered(alert, start, end) for alert, start, end in loops if alert.response_due_at]
    return Closed(
        len(loops),
        soon / len(loops),
        sum(due) / len(due) if due else None,
        median(answers) if answers else None,
        median((end - start) / HOUR for _, start, end in loops),
    )


def _answered(alert: ComplaintAlert, start: float, end: float) -> float:
    """Hours until the first response."""
    answered = alert.responded_at.timestamp() if alert.responded_at else end
    return max(min(answered, end) - start, 0.0) / HOUR


def _place(waiting: Waiting) -> tuple[float, float, str]:
    due = waiting.due_at.timestamp() if waiting.due_at else float("inf")
    return -waiting.priority, due, waiting.alert.alert_id


def _waiting(alert: ComplaintAlert, at: float, policy: Policy) -> Waiting:
    used, clock, due_at = max(_clocks(alert, at, policy), default=(0.0, None, None), key=_used)
    value = alert.value_at_stake or 0.0
    return Waiting(alert, round(value * urgency(used, policy), 2), clock, due_at, used)


def _used(clock: tuple[float, str | None, datetime | None]) -> float:
    return clock[0]


def _clocks(
    alert: ComplaintAlert, at: float, policy: Policy
) -> Iterable[tuple[float, str | None, datetime | None]]:
    """Share used, name and due time of each clock that runs."""
    if alert.opened_at is None:
        return
    start, calendar = alert.opened_at.timestamp(), policy.calendars.of(alert.region or "")
    promises = [("resolution", alert.resolution_due_at)]
    if alert.responded_at is None:
        promises.append(("response", alert.response_due_at))
    for name, due_at in promises:
        allowed = calendar.worked(start, due_at.timestamp()) if due_at else 0.0
        if allowed:
            yield calendar.worked(start, at) / allowed, name, due_at
