"""A trial: the live system over the past under one policy, with a score at every review."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.durations import DAY
from detectors.policy import Policy
from detectors.targets import Target
from streams.backtest.ledger import Days, Flags
from streams.backtest.run import Backtest, Show
from streams.backtest.scored import Floats
from streams.backtest.targets import ChurnTarget
from streams.sources.source import Source
from streams.tune.departures import Numbers, departures
from streams.tune.review_days import ReviewDays


@dataclass
class Trial:
    """The reviews whose outcome is known: one entry each, by customer and then by day."""

    policy: Policy
    first_day: int
    last_day: int
    """Of the data (days since 1970)."""
    customers: int
    """Of the data, whether reviewed or not."""
    places: Numbers
    """The number of the customer, from 0; the same in all trials on the same data."""
    days: Days
    probability: Floats
    may_raise: Flags
    stake: Floats
    """Margin of a year that is lost with the customer, in currency units."""
    leaves: Flags
    """By the definition that judges all trials."""
    losses: Numbers
    """With the customer: which loss it is."""

    @property
    def interval(self) -> int:
        """Days from one review of a customer to the next."""
        return self.policy.churn.review_interval // DAY

    @cached_property
    def by_customer(self) -> list[slice]:
        """The rows of each customer."""
        starts = np.flatnonzero(np.diff(self.places, prepend=-1)).tolist()
        return [slice(*ends) for ends in zip(starts, [*starts[1:], self.places.size], strict=True)]


def run_trial(
    sources: Sequence[Source],
    policy: Policy,
    truth: Target,
    show: Show = lambda _: None,
) -> Trial:
    """Run the sources under `policy`; whether a customer left is told by `truth`.

    Raises `SourceError` or `BacktestError`.
    """
    target = ChurnTarget(policy)
    moments = ReviewDays(policy.churn.review_interval // DAY)
    outcome = Backtest(policy, target, moments).run(sources, show)
    scored = outcome.scored
    known = np.flatnonzero(
        (scored.days + truth.horizon_days <= outcome.last_day) & ~np.isnan(scored.probability)
    )
    customers = [scored.customers[row] for row in known.tolist()]
    places = target.ledger.places(customers)
    leaves, losses = departures(target.ledger, truth, customers, scored.days[known])
    order: NDArray[np.intp] = np.lexsort((scored.days[known], places))
    rows = known[order]
    return Trial(
        policy=policy,
        first_day=outcome.first_day,
        last_day=outcome.last_day,
        customers=len(target.ledger.customers),
        places=places[order],
        days=scored.days[rows],
        probability=scored.probability[rows],
        may_raise=scored.may_raise[rows],
        stake=scored.stake[rows],
        leaves=leaves[order],
        losses=losses[order],
    )
