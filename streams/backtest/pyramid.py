"""Where the levels of the pyramid began at each moment, as the live system published it."""

from bisect import bisect_right

import numpy as np

from detectors.customer.state import MONEY
from detectors.durations import DAY
from schemas.portfolio import Portfolio
from streams.backtest.ledger import Days


class Pyramid:
    """The published portfolios, looked up by day."""

    def __init__(self) -> None:
        self._as_of: list[float] = []
        self._steps: list[list[float]] = []

    def note(self, portfolio: Portfolio) -> None:
        """One more, published after all before it."""
        self._as_of.append(portfolio.as_of.timestamp())
        self._steps.append(sorted(portfolio.boundaries.values()))

    def levels(self, revenue: Days, days: Days) -> Days:
        """The place of revenues (held money) in the pyramid at the end of each day: 0 is lowest.

        Before the first portfolio, and without revenue, everybody stands lowest.
        """
        levels = np.zeros(days.size, dtype=np.int64)
        for day in np.unique(days).tolist():
            rows = np.flatnonzero((days == day) & (revenue > 0))
            levels[rows] = np.searchsorted(self._at(day), revenue[rows] / MONEY, side="right")
        return levels

    def _at(self, day: int) -> list[float]:
        """The least revenue of each level above the lowest, ascending, at the end of `day`."""
        index = bisect_right(self._as_of, (day + 1.0) * DAY) - 1
        return self._steps[index] if index >= 0 else []
