"""The public view of a customer."""

from datetime import datetime

from detectors.alerts.lifecycle import band_of
from detectors.alerts.staff import is_left_alone
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages.envelope import digest, message, moment
from detectors.policy import Policy
from detectors.rounding import cents
from detectors.satisfaction.surveys import customer_satisfaction
from detectors.scoring import Score
from detectors.staff.ownership import manager_of
from detectors.value.worth import trailing_revenue, value_at_stake
from schemas.customer_state import CustomerState as CustomerView
from schemas.customer_state import OpenAlert
from schemas.customer_value import CustomerValue
from schemas.reasons import Reason


def customer_view(
    state: CustomerState,
    score: Score,
    further: dict[str, float],
    reasons: list[Reason],
    value: CustomerValue,
    cause: str,
    policy: Policy,
) -> Message:
    """The public view of a customer, for the compacted topic; `cause` is what made it new.

    `further` are the probabilities of the policy's further churn targets, by name.
    """
    facts = score.facts
    summary = facts.summary
    is_at_risk = is_left_alone(state, score.at, policy.staff) and not facts.has_cancelled
    view = CustomerView(
        customer_id=state.customer_id,
        as_of=moment(score.at),
        first_seen=moment(state.first_at),
        last_activity=last_activity(state, score),
        occasions=summary.occasions,
        spend_window=cents(trailing_revenue(facts)),
        value_at_stake=cents(value_at_stake(facts, policy)),
        currency=state.currency or policy.value.currency or None,
        level=state.level or None,  # type: ignore[arg-type]
        probability=round(score.probability, 6),
        further={name: round(chance, 6) for name, chance in further.items()},
        band=band_of(score.probability, policy.alerts),  # type: ignore[arg-type]
        basis=score.basis,
        model_version=score.model_version,
        open_complaints=facts.complaints_open,
        open_alerts=[
            OpenAlert(
                kind=kind,
                alert_id=alert.alert_id,
                band=alert.band if kind in ("churn-risk", "staff-turnover") else None,  # type: ignore[arg-type]
                opened_at=moment(alert.opened_at),
            )
            for kind, alert in sorted(state.alerts.items())
            if not alert.closed_at
        ],
        manager=(manager_of(state.staff, score.at) if state.staff else "") or None,
        at_risk_because="staff_turnover" if is_at_risk else None,
        satisfaction=customer_satisfaction(facts),
        reasons=reasons,
        reviewed_at=moment(score.at),
        value=value,
    )
    event_id = digest("state", state.customer_id, cause)
    return message("customer-state", view, key=state.customer_id, id=event_id, at=score.at)


def last_activity(state: CustomerState, score: Score) -> datetime | None:
    """When the customer was active last, as of the score; its day if the moment is not kept."""
    times = [time for time, _ in state.evidence if time <= score.at]
    if times:
        return moment(times[-1])
    summary = score.facts.summary
    return moment(float(summary.last_day * DAY)) if summary.occasions else None
