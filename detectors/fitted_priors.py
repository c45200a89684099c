"""The prior rule's parameters over time: fitted from counts, in force from their `as_of` on."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from detectors.customer.facts import Counts
from detectors.customer.prior_rule import bg_nbd
from detectors.messages.envelope import moment
from detectors.models.prior_fit import fit
from detectors.policy import Prior
from schemas.portfolio import FittedPrior

MIN_CUSTOMERS = 100
"""With fewer, nothing is fitted: what is in force stays."""
MOST_CUSTOMERS = 300
"""More weigh like so many: a holiday or a sale, which all customers share, is no new rhythm."""
SPREAD = 0.3
"""Standard deviation of the parameters' logarithms around the policy's, before any count."""


class FittedPriors:
    """The parameters in force at a moment: the policy's until the first are fitted."""

    def __init__(self, prior: Prior) -> None:
        self._policy = prior
        self._as_of: list[float] = []
        self._priors: list[Prior] = []

    def install(self, fitted: Sequence[FittedPrior]) -> None:
        """Take the parameters of a portfolio. Those of an older one are known already."""
        newest = self._as_of[-1] if self._as_of else float("-inf")
        for item in fitted:
            as_of = item.as_of.timestamp()
            if as_of > newest:
                prior = replace(
                    self._policy, r=item.r, alpha_days=item.alpha_days, a=item.a, b=item.b
                )
                self._as_of.append(as_of)
                self._priors.append(prior)

    def at(self, moment: float) -> Prior:
        """Those in force at `moment` (epoch s)."""
        index = bisect_right(self._as_of, moment) - 1
        return self._priors[index] if index >= 0 else self._policy


def fitted(
    rhythms: Iterable[Mapping[Counts, int]], prior: Prior, as_of: float
) -> FittedPrior | None:
    """Parameters by the counts of all partitions, drawn to those of the policy; None if too few."""
    totals: dict[Counts, int] = {}
    for part in rhythms:
        for counts, number in part.items():
            totals[counts] = totals.get(counts, 0) + number
    if sum(totals.values()) < MIN_CUSTOMERS:
        return None
    table = np.array([(*counts, number) for counts, number in sorted(totals.items())], dtype=float)
    repeats, last, age, customers = table.T
    customers *= min(1.0, MOST_CUSTOMERS / customers.sum())
    found = fit(repeats, last, age, customers, bg_nbd(prior), SPREAD)
    r, alpha, a, b = (float(f"{value:.6g}") for value in (found.r, found.alpha, found.a, found.b))
    return FittedPrior(as_of=moment(as_of), r=r, alpha_days=alpha, a=a, b=b)
