"""The alert that a customer has no account manager who knows it (D15).

Raised when the manager left, whatever the churn probability says; resolved when a new owner has
made contact or the manager is back; it runs out by the policy. One for each departure.
"""

from detectors.alerts.lifecycle import Step, alert_id, close_alert, open_alert, update_alert
from detectors.customer.state import Alert, CustomerState
from detectors.policy import Staff
from detectors.staff.ownership import gap_at

KIND = "staff-turnover"


def staff_step(
    state: CustomerState,
    at: float,
    probability: float,
    band: str,
    policy: Staff,
    *,
    may_raise: bool = True,
) -> Step | None:
    """What is to be done at `at` (epoch s) about the customer's staff alert; notes it there.

    `probability` and `band`: of the churn score of that moment, which the alert carries.
    """
    gap = gap_at(state.staff, at)
    alert = open_alert(state, KIND)
    if alert is None:
        before = state.alerts.get(KIND)
        told = before is not None and gap is not None and before.opened_at >= gap.since
        if gap is None or told or not may_raise:
            return None
        # By the departure, not by the turn: whoever tells of it again gives it the same id.
        name = alert_id(f"{KIND}|{gap.left}", state.customer_id, gap.since)
        alert = state.alerts[KIND] = Alert(name, at, at, band, probability)
        return Step(alert, "raised")
    if gap is None:
        return close_alert(alert, at, "resolved", _because(state, alert), probability)
    if at >= runs_out_at(alert, policy):
        return close_alert(alert, at, "expired", "open for the longest time allowed", probability)
    if gap.since > max(alert.opened_at, alert.updated_at):
        return update_alert(alert, at, probability, band)
    return None


def is_left_alone(state: CustomerState, at: float, policy: Staff) -> bool:
    """Whether the manager left at `at` (epoch s), not too long ago, and nobody took over."""
    gap = gap_at(state.staff, at)
    return gap is not None and at < gap.since + policy.expire_after


def runs_out_at(alert: Alert, policy: Staff) -> float:
    """When the open alert runs out by the clock (epoch s)."""
    return alert.opened_at + policy.expire_after


def _because(state: CustomerState, alert: Alert) -> str:
    staff = state.staff
    if staff is not None and staff.settled_at >= alert.opened_at:
        return "a new owner made contact"
    return "the account manager is back"
