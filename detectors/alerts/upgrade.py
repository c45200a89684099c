"""Upgrade opportunities: growing customers within reach of the next pyramid level (D4).

Never during an open complaint, never while the account manager is gone, and never while the churn
risk is high or its alert is open: nobody is courted and rescued in the same week (D18).
"""

from collections.abc import Mapping

from detectors.alerts.lifecycle import Step, close_alert, is_cooling, open_alert, raise_alert
from detectors.alerts.staff import KIND as STAFF
from detectors.customer.state import CustomerState
from detectors.policy import Policy
from detectors.value.pyramid import distance_to_next

KIND = "upgrade-opportunity"
CHURN = "churn-risk"


def upgrade_step(
    state: CustomerState,
    at: float,
    risk: float,
    complaints_open: int,
    revenue: float,
    growth: float | None,
    boundaries: Mapping[str, float],
    policy: Policy,
) -> Step | None:
    """What is to be done about the customer's upgrade opportunity now.

    `risk` is the churn probability, `revenue` the trailing one, `growth` a ratio.
    """
    alert = open_alert(state, KIND)
    hindrance = hindrance_of(state, risk, complaints_open, policy)
    if alert is not None:
        if hindrance:
            return close_alert(alert, at, "resolved", hindrance, alert.probability)
        if at >= alert.opened_at + policy.upgrade.expire_after:
            return close_alert(
                alert, at, "expired", "open for the longest time allowed", alert.probability
            )
        return None
    distance = distance_to_next(revenue, boundaries)
    if (
        hindrance
        or distance is None
        or growth is None
        or growth < policy.upgrade.growth
        or distance > policy.upgrade.reach * revenue
        or is_cooling(state, KIND, at, policy.upgrade.cool_down)
    ):
        return None
    return raise_alert(state, KIND, at, risk, "open")


def hindrance_of(
    state: CustomerState, risk: float, complaints_open: int, policy: Policy
) -> str | None:
    """Why nothing may be offered now."""
    if complaints_open:
        return "a complaint is open"
    if open_alert(state, STAFF) is not None:
        return "the account manager left"
    if risk >= policy.upgrade.max_risk or open_alert(state, CHURN) is not None:
        return "the churn risk is high"
    return None
