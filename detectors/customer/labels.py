"""Labels: what became of the customers about whom something was predicted.

A prediction made at the end of day t is labelled at the end of day t + H, for everybody: neither
those who came back early nor those who left are learned from before (DOMAIN, definitions).
"""

from detectors.customer.pending import Pending, first_day, taken_apart
from detectors.customer.state import CustomerState
from detectors.policy import Policy

MODEL, ALERT_OPEN, COMPLAINT_OPEN, CONTACTED = 1, 2, 4, 8
"""Flags of a pending prediction: who made it, and what was under way."""
_CONTEXT = {
    "alert_open": ALERT_OPEN,
    "complaint_open": COMPLAINT_OPEN,
    "contacted": CONTACTED,
}


def is_positive(state: CustomerState, pending: Pending, policy: Policy) -> bool:
    """Whether the customer churned within the horizon after `pending.day`.

    Silence: no day of activity in (t, t + H]. Cancellation: a `cancel` in (t, t + H].
    """
    first, last = pending.day + 1, pending.day + policy.horizon_days
    if policy.churn.definition == "cancellation":
        return any(first <= day.number <= last and day.cancels for day in state.days)
    return not any(first <= day.number <= last and day.activity for day in state.days)


def matured(state: CustomerState, day: int, policy: Policy) -> list[Pending]:
    """Take the predictions out of the state whose horizon ends by the end of `day`."""
    last_day = day - policy.horizon_days
    if not state.pending or first_day(state.pending) > last_day:
        return []
    done, state.pending = taken_apart(state.pending, last_day)
    return done


def context_of(flags: int) -> dict[str, bool]:
    """The action context as the example carries it: what was under way at the prediction."""
    return {name: bool(flags & bit) for name, bit in _CONTEXT.items()}


def basis_of(flags: int) -> str:
    """Whether the model or the prior rule had made the prediction."""
    return "model" if flags & MODEL else "prior"
