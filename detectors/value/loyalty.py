"""Loyalty class and lifecycle stage (D6), and who buys only with a discount (D16)."""

from detectors.customer.facts import Facts
from detectors.durations import DAY
from detectors.policy import Loyalty
from detectors.value.rhythm import Rhythm
from schemas.customer_value import LoyaltyClass, Stage


def loyalty_of(facts: Facts, wallet_share: float | None, policy: Loyalty) -> LoyaltyClass:
    """The loyalty class, from the highest that applies.

    `loyal`: long, frequent, and nearly exclusive by the stated wallet; where no wallet is stated
    nobody can be called so. `established`: a long history. `regular`: the others who came often
    enough. `new`: too short a time or too few occasions. `potential`: has not bought yet.
    """
    occasions, tenure = facts.summary.occasions, facts.tenure * DAY
    if not occasions:
        return "potential"
    if tenure < policy.new_within or occasions < policy.least_occasions:
        return "new"
    if tenure < policy.established_after:
        return "regular"
    is_frequent = facts.mean_gap * DAY <= policy.frequent_gap
    is_exclusive = wallet_share is not None and wallet_share >= policy.exclusive
    return "loyal" if is_frequent and is_exclusive else "established"


def stage_of(facts: Facts, rhythm: Rhythm | None, window_days: int, policy: Loyalty) -> Stage:
    """The stage of the relationship; a decline can begin in any other.

    `decline`: a cancel request within 30 days, a silence of `loyalty.overdue` rhythms, or spend
    that fell to `loyalty.decline` of the half window before. `exploration`: the first occasions.
    `formation`: up to `loyalty.established_after`. Then `stability`.
    """
    windows = facts.windows
    is_overdue = rhythm is not None and facts.recency > policy.overdue * rhythm.days
    has_fallen = (
        facts.tenure >= window_days
        and windows.revenue_before > 0
        and windows.revenue_recent <= policy.decline * windows.revenue_before
    )
    if windows.cancel_requests_30 or is_overdue or has_fallen:
        return "decline"
    if facts.summary.occasions < policy.least_occasions:
        return "exploration"
    return "formation" if facts.tenure * DAY < policy.established_after else "stability"


def is_discount_driven(facts: Facts, policy: Loyalty) -> bool:
    """Whether the customer buys (nearly) only with a discount: it leaves with the next offer."""
    purchases, discounted = facts.summary.purchases, facts.summary.discounted
    return (
        purchases >= policy.discount_purchases and discounted >= policy.discount_share * purchases
    )
