"""How a customer's complaints were handled, as the models see it (D13).

Fast and honest handling can make a customer more loyal than one who never complained. So it is
told to the models as it was, good or bad, and they learn what it means. What is past fades: half
of it in `history.HALF_LIFE` days.
"""

from dataclasses import dataclass
from math import fsum

from detectors.complaints.clocks import RESOLUTION, RESPONSE, Clock, clocks_at, share_used
from detectors.complaints.life import runs_at
from detectors.customer.history import decay
from detectors.customer.state import MONEY, ComplaintCase
from detectors.durations import DAY
from detectors.policy import Policy

LONGEST = 4.0
"""Shares of the allowed time are held to this."""


@dataclass(frozen=True, slots=True)
class Care:
    """The handling of a customer's complaints as of a moment; all 0 without any."""

    clock: float = 0.0
    """Share of the allowed time used by the most urgent running clock, 0 to 4."""
    breaches: float = 0.0
    """Promises broken, faded."""
    answer: float = 0.0
    """Share of its time that the latest first response took, 0 to 4, faded."""
    solved: float = 0.0
    """The latest ending: 1 in time and not reopened, else -1; faded."""
    compensation: float = 0.0
    """Given in all, in currency units, faded."""


NO_CARE = Care()


def care_at(cases: list[ComplaintCase], at: float, policy: Policy) -> Care:
    """How the complaints were handled as of the moment `at` (epoch s)."""
    if not cases:
        return NO_CARE
    # Sums and ties must not depend on the order in which the cases were heard of.
    clock = 0.0
    breaches: list[float] = []
    compensations: list[float] = []
    answer = ending = (0.0, 0.0)
    for case in cases:
        clocks = clocks_at(case, at, policy)
        for found in clocks:
            share = min(share_used(found, at), LONGEST)
            if not found.stopped_at:
                clock = max(clock, share)
            elif found.name == RESPONSE:
                answer = max(answer, (found.stopped_at, share * _left(found.stopped_at, at)))
            if found.is_broken(at):
                breaches.append(_left(found.due_at, at))
        ended = _last_ending(case, clocks, at)
        if ended is not None:
            ending = max(ending, (ended[0], ended[1] * _left(ended[0], at)))
        compensations += (
            given.compensation / MONEY * _left(given.at, at)
            for given in case.stated
            if given.compensation and given.at <= at
        )
    return Care(clock, fsum(breaches), answer[1], ending[1], fsum(compensations))


def _last_ending(case: ComplaintCase, clocks: list[Clock], at: float) -> tuple[float, float] | None:
    """When the case ended last, and 1 if that was well done, else -1; None if it never did."""
    if not case.turns:
        return None
    runs = runs_at(case, at)
    ended = [run.end for run in runs if run.start and run.end]
    if not ended:
        return None
    in_time = not any(clock.is_broken(at) for clock in clocks if clock.name == RESOLUTION)
    return ended[-1], 1.0 if in_time and len(runs) == 1 else -1.0


def _left(then: float, at: float) -> float:
    """What is left at `at` of something that happened `then`."""
    return decay(max(int((at - then) // DAY), 0))
