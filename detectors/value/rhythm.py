"""How often a customer comes: by its own rhythm, else by that of what it buys (D17).

A month without a purchase means one thing of groceries and another of cars. The rhythm of a
category is the median of the mean gaps of its customers; customers belong to what they bought
first. That of all is published under the empty name.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from detectors.customer.facts import Facts
from detectors.policy import Loyalty

ALL = ""
"""The name under which the rhythm of all customers stands."""


class Rhythm(NamedTuple):
    """Days between two occasions that are usual for a customer, and whose rhythm that is."""

    days: float
    of: Literal["own", "category", "all"]


def own_gap(facts: Facts, policy: Loyalty) -> float | None:
    """The customer's mean gap (days, at least 1); None where there are too few gaps."""
    is_thin = facts.summary.occasions - 1 < policy.least_gaps
    return None if is_thin else max(facts.mean_gap, 1.0)


def rhythm_of(facts: Facts, gaps: Mapping[str, float], policy: Loyalty) -> Rhythm | None:
    """The customer's rhythm; `gaps` are those published, by category. None where none is known."""
    own = own_gap(facts, policy)
    if own is not None:
        return Rhythm(own, "own")
    if facts.category and facts.category in gaps:
        return Rhythm(gaps[facts.category], "category")
    return Rhythm(gaps[ALL], "all") if ALL in gaps else None
