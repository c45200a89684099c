"""Which rows of a backtest are judged, and by what truth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from streams.backtest.ledger import Flags
from streams.backtest.run import Outcome
from streams.backtest.scored import Ints
from streams.backtest.targets import Target


@dataclass
class Judged:
    """The rows whose truth is known; one entry each."""

    rows: NDArray[np.intp]
    """Their places in the backtest's scores."""
    days: Ints
    cutoffs: Ints
    """The day that stands for those that are ranked together: a cut-off is one day; rows that come
    every day are taken together by periods."""
    truth: Flags
    places: NDArray[np.intp]
    """A number for each customer, from 0."""
    customer_count: int

    @cached_property
    def by_day(self) -> dict[int, NDArray[np.intp]]:
        """Indices into these columns by cut-off, in order of days."""
        cutoffs = self.cutoffs
        return {int(day): np.flatnonzero(cutoffs == day) for day in np.unique(cutoffs)}


def judge(outcome: Outcome, target: Target, *, first: int | None = None, period: int = 1) -> Judged:
    """The rows of known customers from day `first` on, with a complete horizon.

    Those of `period` days, counted from the first day of data, make one cut-off.

    Without `first`, from the middle of the period on: before it, too few labels have matured to
    say much about the rest.
    """
    scored = outcome.scored
    middle = -(-(outcome.first_day + outcome.last_day) // 2)
    begin = middle if first is None else first
    chosen = np.flatnonzero(
        (scored.days >= begin)
        & (scored.days + target.horizon_days <= outcome.last_day)
        & ~np.isnan(scored.probability)
    )
    customers = [scored.customers[row] for row in chosen.tolist()]
    known: dict[str, int] = {}
    places = np.array([known.setdefault(c, len(known)) for c in customers], dtype=np.intp)
    days = scored.days[chosen]
    cutoffs = days - (days - outcome.first_day) % period
    return Judged(chosen, days, cutoffs, target.truth(customers, days), places, len(known))
