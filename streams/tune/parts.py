"""The two parts of the past: thresholds are chosen on the first and measured on the later one."""

from dataclasses import dataclass

import numpy as np

from streams.backtest.ledger import Days, Flags
from streams.tune.errors import TuneError

LEAST = 14
"""Days of a part, at the least."""
GOOD = 28
"""Days of a part before the gap between them gets any."""


@dataclass(frozen=True, slots=True)
class Part:
    """Days, both included (days since 1970)."""

    first: int
    last: int

    @property
    def weeks(self) -> float:
        """Its length in weeks."""
        return (self.last - self.first + 1) / 7

    def holds(self, days: Days) -> Flags:
        """Which of the days lie in it."""
        return np.asarray((days >= self.first) & (days <= self.last))


@dataclass(frozen=True, slots=True)
class Parts:
    """What is chosen on, and what is measured on."""

    chosen_on: Part
    measured_on: Part

    @property
    def gap(self) -> int:
        """Days between them that belong to neither."""
        return self.measured_on.first - self.chosen_on.last - 1


def parts_of(first_day: int, last_day: int, horizon: int, window: int) -> Parts:
    """Two parts of equal length, with a gap between them; `window`: the active window in days.

    The later part ends with the last day whose outcome is known. Before it begins, the outcomes of
    the first should be known: the gap is as long as the horizon, or as long as leaves `GOOD` days
    to either part. The first part begins when the first labels have matured, and, if there are
    days enough, an active window after that: what is counted in it should not depend on how early
    the alerts come in the wave with which data begin. Raises `TuneError` when the data are too
    short.
    """
    first, last = first_day + horizon, last_day - horizon
    span = last - first + 1
    if span < 2 * LEAST:
        raise TuneError(
            f"the sources span {last_day - first_day + 1} days; to tune a policy with a horizon of "
            f"{horizon} days takes at least {2 * horizon + 2 * LEAST}: give more data, or make "
            "churn.horizon shorter"
        )
    spare = max(span - 2 * GOOD, 0)
    gap = min(horizon, spare)
    first += min(window, (spare - gap) // 2)
    length = (last - first + 1 - gap) // 2
    return Parts(Part(first, first + length - 1), Part(last - length + 1, last))
