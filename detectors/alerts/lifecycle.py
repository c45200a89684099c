"""The life of an alert: raised, updated, then resolved or expired; at most one open (law 6).

An alert opens at a high threshold and closes at a lower one (hysteresis), and after it has closed
the same kind waits for the cool-down. This file decides; it makes no messages.
"""

from dataclasses import dataclass
from hashlib import blake2b

from detectors.customer.dues import Dues
from detectors.customer.state import Alert, CustomerState
from detectors.policy import Alerts


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to an alert now: its new stage, and why if it ends."""

    alert: Alert
    stage: str
    because: str | None = None


def alert_id(kind: str, customer_id: str, at: float) -> str:
    """An id made of what caused the alert: kind, customer and as-of time."""
    cause = f"{kind}|{customer_id}|{at!r}"
    return blake2b(cause.encode(), digest_size=12).hexdigest()


def band_of(probability: float, policy: Alerts) -> str:
    """``low``, ``medium``, ``high`` or ``critical``."""
    if probability >= policy.critical:
        return "critical"
    if probability >= policy.high:
        return "high"
    return "medium" if probability >= policy.medium else "low"


def open_alert(state: Dues, kind: str) -> Alert | None:
    """The customer's open alert of a kind."""
    alert = state.alerts.get(kind)
    return alert if alert is not None and not alert.closed_at else None


def is_cooling(state: CustomerState, kind: str, at: float, cool_down: float) -> bool:
    """Whether an alert of the kind closed less than `cool_down` seconds ago, or at this moment.

    Two alerts of one moment would have the same id. What was folded into an incident does not
    cool down: after the incident it may be told.
    """
    alert = state.alerts.get(kind)
    if alert is None or not alert.closed_at:
        return False
    if alert.folded:
        return at <= alert.closed_at
    return at <= alert.closed_at or at < alert.closed_at + cool_down


def raise_alert(state: CustomerState, kind: str, at: float, probability: float, band: str) -> Step:
    """Open an alert; the caller has checked that none is open and none is cooling."""
    alert = Alert(alert_id(kind, state.customer_id, at), at, at, band, probability)
    state.alerts[kind] = alert
    return Step(alert, "raised")


def update_alert(alert: Alert, at: float, probability: float, band: str) -> Step:
    """Note a change that is worth telling."""
    alert.updated_at = max(alert.updated_at, at)
    alert.band, alert.probability = band, probability
    alert.updates += 1
    return Step(alert, "updated")


def close_alert(alert: Alert, at: float, stage: str, because: str, probability: float) -> Step:
    """End the alert; from now on it only cools down."""
    alert.closed_at = max(at, alert.opened_at)
    alert.probability = probability
    return Step(alert, stage, because)


def churn_step(
    state: CustomerState, at: float, probability: float, policy: Alerts, *, may_raise: bool = True
) -> Step | None:
    """What a new churn score does to the customer's churn alert."""
    band = band_of(probability, policy)
    alert = open_alert(state, "churn-risk")
    if alert is None:
        if (
            probability < policy.raise_at
            or not may_raise
            or is_cooling(state, "churn-risk", at, policy.cool_down)
        ):
            return None
        return raise_alert(state, "churn-risk", at, probability, band)
    if probability < policy.clear_at:
        return close_alert(alert, at, "resolved", "risk fell below the threshold", probability)
    if at >= alert.opened_at + policy.expire_after:
        return close_alert(alert, at, "expired", "open for the longest time allowed", probability)
    if at < alert.snoozed_until:
        return None
    if band != alert.band or abs(probability - alert.probability) >= policy.update_step:
        return update_alert(alert, at, probability, band)
    return None
