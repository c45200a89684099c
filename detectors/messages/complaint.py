"""The alert of a complaint."""

from detectors.customer.state import ComplaintCase, CustomerState
from detectors.effects import Message
from detectors.messages.envelope import digest, message, moment
from detectors.policy import Policy
from detectors.scoring import Score
from detectors.value.worth import value_at_stake
from schemas.complaint_alert import ComplaintAlert
from schemas.reasons import Reason


def complaint_alert(
    state: CustomerState,
    case: ComplaintCase,
    kind: str,
    event_id: str,
    score: Score,
    policy: Policy,
) -> Message:
    """The event for a complaint that was opened, reopened, escalated or resolved."""
    ended = kind == "resolved"
    alert = ComplaintAlert(
        alert_id=digest("complaint", state.customer_id, case.complaint_id),
        customer_id=state.customer_id,
        complaint_id=case.complaint_id,
        stage="resolved" if ended else "raised" if kind == "opened" else "updated",
        occurred_at=moment(score.at),
        kind=kind,  # type: ignore[arg-type]
        severity=case.severity or None,
        cause=case.cause or None,  # type: ignore[arg-type]
        value_at_stake=round(value_at_stake(score.facts, policy), 2),
        currency=state.currency or policy.value.currency or None,
        reasons=[
            Reason(
                feature="complaint",
                contribution=0.0,
                value=float(case.severity),
                text=f"complaint {kind}",
            )
        ],
        evidence=[event_id],
    )
    return message(
        "complaint-alerts",
        alert,
        key=state.customer_id,
        id=digest("complaint", state.customer_id, case.complaint_id, kind, event_id),
        at=score.at,
    )
