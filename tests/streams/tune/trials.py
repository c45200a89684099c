"""Trials made by hand: reviews of customers with scores and outcomes."""

import numpy as np

from detectors.policy import Policy
from streams.tune.trial import Trial
from tests.detectors.builders import policy_of

Review = tuple[int, int, float]
"""Customer, day, probability."""


def rules(**alerts: object) -> Policy:
    return policy_of(alerts={"raise_at": 0.7, "clear_at": 0.6, "cool_down": "14d"} | alerts)


def trial_of(
    *reviews: Review,
    policy: Policy | None = None,
    leaves: bool = True,
    losses: tuple[int, ...] = (),
    may_raise: bool = True,
) -> Trial:
    """Everybody leaves or stays; each review is about the first loss unless `losses` says more."""
    places, days, probability = zip(*sorted(reviews), strict=True)
    count = len(reviews)
    return Trial(
        policy=policy or rules(),
        first_day=0,
        last_day=max(days),
        customers=max(places) + 1,
        places=np.array(places, dtype=np.int64),
        days=np.array(days, dtype=np.int64),
        probability=np.array(probability),
        may_raise=np.full(count, may_raise),
        stake=np.full(count, 100.0),
        leaves=np.full(count, leaves),
        losses=np.array(losses or (1,) * count, dtype=np.int64),
    )


def weekly(customer: int, *probability: float) -> list[Review]:
    """A customer's reviews, one a week."""
    return [(customer, 7 * week, p) for week, p in enumerate(probability)]
