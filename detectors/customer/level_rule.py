"""The prior rule of a move up the pyramid: whether purchases to come reach the next level."""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.special import chndtr  # type: ignore[import-untyped]

from detectors.customer.facts import Facts
from detectors.customer.history import HALF_LIFE
from detectors.customer.state import MONEY
from detectors.durations import DAY
from detectors.policy import Policy

LEAST_OCCASIONS = 0.02
"""Occasions in a horizon that are expected of anybody."""
MOST_PURCHASES = 1e4
"""Purchases of usual size that a level is away at the most."""
BOUND = 1e-4
"""No probability is nearer to 0 or 1."""


def rise_probabilities(
    customers: Sequence[Facts],
    boundaries: Mapping[str, float],
    policy: Policy,
    horizon_days: int,
) -> NDArray[np.float64]:
    """P(each customer stands on a higher level of the pyramid after the horizon).

    `boundaries`: the least revenue of each level above the lowest, in currency units
    (`Portfolio.boundaries` of that moment); without any all get `upgrade.rate`.

    The occasions of the horizon are Poisson, at the rate of the recency-weighted occasions so far;
    each brings an exponential amount, of the mean of those so far. What is missing is the next
    boundary less the revenue that will still lie in the value window. As many exponential amounts
    as it takes to reach it are Poisson as well, so the probability is that one Poisson number is
    larger than another (Skellam 1946), which the noncentral χ² distribution tells exactly
    (Johnson 1959).
    """
    if not boundaries:
        return np.full(len(customers), policy.upgrade.rate)
    window = policy.value.window / DAY
    leaving = min(1.0, horizon_days / (window / 2.0))
    steps = np.array(sorted(boundaries.values()))
    numbers = [
        (
            facts.windows.revenue / MONEY,
            facts.windows.revenue_before / MONEY,
            facts.summary.spend / MONEY / max(facts.summary.occasions, 1),
            facts.decayed_count,
        )
        for facts in customers
    ]
    revenue, before, usual, decayed = np.array(numbers, dtype=np.float64).reshape(-1, 4).T
    place = np.searchsorted(steps, revenue, side="right")
    following = np.append(steps, np.inf)[place]
    missing = np.maximum(following - np.maximum(revenue - leaving * before, 0.0), 0.0)
    missing[revenue <= 0.0] = 0.0  # without revenue any is a move up
    away = missing / np.maximum(usual, 1.0 / MONEY)
    occasions = horizon_days * decayed * log(2.0) / HALF_LIFE + LEAST_OCCASIONS
    reached = chndtr(2.0 * occasions, 2.0, 2.0 * np.minimum(away, MOST_PURCHASES))
    reached[np.isinf(following) & (revenue > 0.0)] = 0.0
    return np.asarray(np.clip(np.nan_to_num(reached), BOUND, 1.0 - BOUND))
