"""Key accounts (D22): silence of ours that lasts longer than the plan allows is an alert by itself.

Looked at with each review, so the alert comes at most one review interval late. It rests on what we
did, not on what the customer did: `churn-risk` is about that.
"""

from detectors.alerts.lifecycle import Step, close_alert, open_alert, raise_alert
from detectors.customer.facts import Facts
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.policy import KeyAccounts

KIND = "key-account"
CONTACTED = "we were in contact"


def silent_days(state: CustomerState, facts: Facts) -> int:
    """Days since our last contact, or since the customer became a key account if that is later."""
    return max(facts.day - max(facts.summary.reached_day, state.key_since), 0)


def key_account_step(
    state: CustomerState, facts: Facts, at: float, policy: KeyAccounts, *, may_raise: bool
) -> Step | None:
    """What is to be done about the alert at the review of `facts`, which is of the moment `at`.

    What is known of contacts after that day keeps it from being raised, and resolves it.
    """
    alert = open_alert(state, KIND)
    heard = any(d.number > facts.day and d.effort and d.effort.reached for d in state.days)
    is_due = (
        policy.contact_every > 0
        and state.key_since > 0
        and silent_days(state, facts) * DAY > policy.contact_every
        and not heard
    )
    if alert is None:
        return raise_alert(state, KIND, at, 0.0, "open") if is_due and may_raise else None
    if is_due:
        return None
    if not state.key_since:
        return close_alert(alert, at, "expired", "no longer a key account", 0.0)
    return close_alert(alert, at, "resolved", CONTACTED, 0.0)
