"""The alert that a key account has not heard from us."""

from detectors.alerts.key_accounts import silent_days
from detectors.alerts.lifecycle import Step
from detectors.customer.facts import Facts
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages.envelope import message, moment
from detectors.policy import Policy
from detectors.value.worth import value_at_stake
from schemas.key_account_alert import KeyAccountAlert
from schemas.reasons import Reason


def key_account_alert(
    state: CustomerState, step: Step, facts: Facts, at: float, policy: Policy
) -> Message:
    """The event for one step of the alert, as of `at` (epoch s)."""
    alert, reached = step.alert, facts.summary.reached_day
    days, allowed = silent_days(state, facts), policy.key_accounts.contact_every // DAY
    payload = KeyAccountAlert(
        alert_id=alert.alert_id,
        customer_id=state.customer_id,
        stage=step.stage,  # type: ignore[arg-type]
        occurred_at=moment(at),
        level=state.level or None,  # type: ignore[arg-type]
        grade=state.grade or None,  # type: ignore[arg-type]
        last_contact=moment(float(reached * DAY)) if reached else None,
        silent_days=days,
        allowed_days=allowed,
        value_at_stake=round(value_at_stake(facts, policy), 2),
        currency=state.currency or policy.value.currency or None,
        reasons=[]
        if step.because
        else [
            Reason(
                feature="our_silence",
                contribution=0.0,
                value=float(days),
                text=f"no contact of ours for {days} days; the plan allows {allowed}",
            )
        ],
        closed_because=step.because,
    )
    event_id = f"{alert.alert_id}-{step.stage}"
    return message("key-account-alerts", payload, key=state.customer_id, id=event_id, at=at)
