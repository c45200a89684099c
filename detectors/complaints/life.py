"""A complaint's life: its runs from opening to ending, and its state at any moment (D13).

Steps may arrive in any order; what is asked here is answered by their times alone. A complaint is
open from its opening (or the first reopening or escalation heard of) until it is resolved or
withdrawn, and again from a reopening, or an escalation, after that. An ending that follows another
changes nothing. One before the opening holds all the same: two clocks may differ.
"""

from enum import IntEnum
from typing import NamedTuple

from detectors.customer.state import ComplaintCase


class Turn(IntEnum):
    """What ends a complaint (> 0) or takes it up again (≤ 0); at one moment, the last holds."""

    ESCALATED = -1
    REOPENED = 0
    RESOLVED = 1
    WITHDRAWN = 2


TURNS = {turn.name.lower(): turn for turn in Turn}


class Run(NamedTuple):
    """From an opening or reopening to the next ending; epoch seconds."""

    after: float
    """The ending before it; 0 for the first run."""
    start: float
    """When it began; 0 when nothing of a beginning has arrived."""
    end: float
    """When it ended; 0 while it is open."""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return not self.end


def runs_at(case: ComplaintCase, at: float) -> list[Run]:
    """The runs as of the moment `at`, in order; only the last can be open."""
    start = case.opened_at if 0 < case.opened_at <= at else 0.0
    runs = [Run(0.0, start, 0.0)] if start else []
    for time, code in case.turns:
        if time > at:
            break
        if code > 0:
            if not runs:
                runs.append(Run(0.0, 0.0, time))
            elif runs[-1].is_open:
                runs[-1] = Run(runs[-1].after, min(runs[-1].start, time), time)
        elif not runs:
            runs.append(Run(0.0, time, 0.0))
        elif not runs[-1].is_open:
            runs.append(Run(runs[-1].end, time, 0.0))
        elif time < runs[-1].start:
            runs[-1] = Run(runs[-1].after, time, 0.0)
    return runs


def severity_at(case: ComplaintCase, at: float) -> int:
    """The gravest severity stated by the moment `at`; 0 for none."""
    if not case.stated:
        return case.severity
    return max((step.severity for step in case.stated if step.at <= at), default=0)


def graver_since(case: ComplaintCase) -> float:
    """When the gravest severity was stated first; 0 without one."""
    times = (step.at for step in case.stated if step.severity == case.severity)
    return min(times, default=0.0) if case.severity else 0.0


def region_at(case: ComplaintCase, at: float) -> str:
    """The newest region stated by the moment `at`; empty for none."""
    regions = [step.region for step in case.stated if step.at <= at and step.region]
    return regions[-1] if regions else ""


def is_known(case: ComplaintCase, at: float) -> bool:
    """Whether anything but an answer was known of the complaint at the moment `at` (epoch s)."""
    return 0 < case.opened_at <= at or bool(case.turns and case.turns[0][0] <= at)


def is_open(case: ComplaintCase, at: float) -> bool:
    """Whether the complaint was open at the moment `at` (epoch s)."""
    last = None
    for time, code in case.turns:
        if time <= at:
            last = code
    return 0 < case.opened_at <= at if last is None else last <= 0


def state_at(case: ComplaintCase, at: float) -> str | None:
    """The state at the moment `at`, as `schemas.complaint.ComplaintStage` names it.

    None while nothing was known. A response is a state of the first run only: after that
    the newest turn is.
    """
    turns = [(time, code) for time, code in case.turns if time <= at]
    responded = 0 < case.responded_at <= at
    if not turns:
        if not 0 < case.opened_at <= at:
            return "responded" if responded else None
        return "responded" if responded else "opened"
    return Turn(turns[-1][1]).name.lower()
