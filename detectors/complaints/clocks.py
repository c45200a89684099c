"""The clocks of a complaint: first response and resolution, in working hours (D13).

The first response is promised once, from the opening, and an ending answers too. The resolution
is promised anew after each reopening. How long either may take depends on the severity and the
customer's level; the hours are those of the complaint's region.
"""

from math import inf, isfinite
from typing import NamedTuple

from detectors.complaints.calendar import Calendar
from detectors.complaints.life import Run, graver_since, region_at, runs_at, severity_at
from detectors.customer.state import ComplaintCase
from detectors.policy import Policy

RESPONSE, RESOLUTION = "response", "resolution"


class Clock(NamedTuple):
    """A promise with its moments (epoch s) and its time (working seconds)."""

    name: str
    """``response`` or ``resolution``."""
    after: float
    """The ending before its run: see `life.Run`."""
    start: float
    allowed: float
    warns_at: float
    """When its breach is approaching; infinity if never."""
    due_at: float
    """When it runs out; infinity if never."""
    stopped_at: float
    """When it was kept or given up; 0 while it runs."""
    calendar: Calendar

    def is_broken(self, at: float) -> bool:
        """Whether it had run out by `at`, or before it stopped."""
        return (self.stopped_at or at) > self.due_at


class Moment(NamedTuple):
    """Something to be told of a clock; `bit` marks in `ComplaintCase.told` that it has been."""

    at: float
    kind: str
    """``approaching_breach`` or ``breach``."""
    clock: Clock
    bit: int


_BITS = {
    (RESPONSE, "approaching_breach"): 1,
    (RESPONSE, "breach"): 2,
    (RESOLUTION, "approaching_breach"): 4,
    (RESOLUTION, "breach"): 8,
}


def clocks_at(case: ComplaintCase, at: float, policy: Policy) -> list[Clock]:
    """The clocks of all runs whose beginning is known, as of the moment `at`."""
    severity, region = severity_at(case, at), region_at(case, at)
    calendar = policy.calendars.of(region)
    clocks: list[Clock] = []
    for run in runs_at(case, at):
        for name, stopped_at in _promises(case, run, at):
            allowed = allowed_time(name, severity, case.level, policy)
            warns_at = calendar.due(run.start, allowed * policy.complaints.approaching)
            due_at = calendar.due(run.start, allowed)
            clocks.append(
                Clock(name, run.after, run.start, allowed, warns_at, due_at, stopped_at, calendar)
            )
    return clocks


def running_at(case: ComplaintCase, at: float, policy: Policy) -> list[Clock]:
    """The clocks that run at the moment `at`, the next to run out first."""
    running = [clock for clock in clocks_at(case, at, policy) if not clock.stopped_at]
    return sorted(running, key=lambda clock: clock.due_at)


def moments(case: ComplaintCase, policy: Policy) -> list[Moment]:
    """What is still to be told of the running clocks, in order of time.

    A severity that was stated later lets nothing be due before it was.
    """
    found, since = [], graver_since(case)
    for clock in running_at(case, inf, policy):
        told = case.told if case.told_after == clock.after else 0
        for kind, at in (("approaching_breach", clock.warns_at), ("breach", clock.due_at)):
            bit = _BITS[clock.name, kind]
            if not told & bit and isfinite(at):
                found.append(Moment(max(at, since), kind, clock, bit))
    return sorted(found, key=lambda moment: (moment.at, moment.bit))


def note_told(case: ComplaintCase, moment: Moment) -> None:
    """Remember that the moment has been told."""
    if case.told_after != moment.clock.after:
        case.told, case.told_after = 0, moment.clock.after
    case.told |= moment.bit


def share_used(clock: Clock, at: float) -> float:
    """The share of the allowed working time that has passed by `at` (or its stop): 0, 1 when due,
    and more after that."""
    return clock.calendar.worked(clock.start, min(clock.stopped_at or at, at)) / clock.allowed


def urgency(share: float, policy: Policy) -> float:
    """1 as the clock starts, the policy's `urgency_when_due` when it runs out, rising in a line."""
    return 1.0 + (policy.complaints.urgency_when_due - 1.0) * share


def allowed_time(name: str, severity: int, level: str, policy: Policy) -> float:
    """Working seconds that the clock `name` allows; severity 0 for none stated."""
    rules = policy.complaints
    times = rules.response if name == RESPONSE else rules.resolution
    return times[(severity or rules.usual_severity) - 1] * rules.level_share.get(level, 1.0)


def _promises(case: ComplaintCase, run: Run, at: float) -> list[tuple[str, float]]:
    """The clocks of a run by name, and when each was stopped by the moment `at` (0: it runs)."""
    if not run.start:
        return []
    resolution = (RESOLUTION, run.end)
    if run.after:
        return [resolution]
    responded = case.responded_at if 0 < case.responded_at <= at else 0.0
    answers = [moment for moment in (responded, run.end) if moment]
    return [(RESPONSE, min(answers, default=0.0)), resolution]
