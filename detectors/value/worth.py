"""What a customer is worth: its revenue over the trailing window, and the margin at risk (D3)."""

from detectors.customer.history import sum_days
from detectors.customer.state import MONEY, CustomerState
from detectors.durations import DAY
from detectors.policy import Policy


def trailing_revenue(state: CustomerState, day: int, policy: Policy) -> float:
    """Purchases less returns over the value window that ends with `day`, in currency units."""
    window = policy.value.window // DAY
    _, _, net, _ = sum_days(state.days, day - window + 1, day)
    return max(net, 0) / MONEY


def value_at_stake(state: CustomerState, day: int, first_day: int, policy: Policy) -> float:
    """Margin of one year at the customer's own pace: what is lost when it leaves.

    Currency units a year. The pace is the trailing revenue over the window, or over the time
    since the first activity where that is shorter, but never over less than a quarter of the
    window, so that one large first purchase does not become four a year.
    """
    window = policy.value.window // DAY
    span = min(window, max(day - first_day + 1, window // 4, 1))
    return trailing_revenue(state, day, policy) / span * 365 * policy.value.margin_rate


def growth(state: CustomerState, day: int, policy: Policy) -> float | None:
    """Net spend in the later half of the value window over that of the earlier half.

    None when the earlier half has no spend to compare with.
    """
    half = policy.value.window // DAY // 2
    _, _, recent, _ = sum_days(state.days, day - half + 1, day)
    _, _, before, _ = sum_days(state.days, day - 2 * half + 1, day - half)
    return max(recent, 0) / before if before > 0 else None
