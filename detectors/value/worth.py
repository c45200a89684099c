"""What a customer is worth: its revenue over the trailing window, and the margin at risk (D3)."""

from detectors.customer.facts import Facts
from detectors.customer.state import MONEY
from detectors.policy import Policy

YEAR = 365


def trailing_revenue(facts: Facts) -> float:
    """Purchases less returns over the value window, in currency units, not below 0."""
    return max(facts.windows.revenue, 0) / MONEY


def yearly_revenue(facts: Facts, policy: Policy) -> float:
    """Revenue of one year at the customer's own pace, in currency units, not below 0.

    The pace is the trailing revenue over the window, or over the time since the first activity
    where that is shorter, but never over less than a quarter of the window, so that one large first
    purchase does not become many a year.
    """
    window = policy.value_days
    span = min(window, max(facts.tenure + 1, window // 4, 1))
    return trailing_revenue(facts) / span * YEAR


def value_at_stake(facts: Facts, policy: Policy) -> float:
    """Margin of one year at the customer's own pace: what is lost when it leaves (a year)."""
    return yearly_revenue(facts, policy) * policy.business.margin


def growth(facts: Facts) -> float | None:
    """Net spend in the later half of the value window over that of the earlier half.

    None when the earlier half has no spend to compare with.
    """
    before = facts.windows.revenue_before
    return max(facts.windows.revenue_recent, 0) / before if before > 0 else None
