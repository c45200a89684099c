"""The event of an incident (D14), and what every partition must know of it."""

from detectors.effects import Message
from detectors.messages.envelope import message, moment
from detectors.policy import Policy
from detectors.surge.incident import OpenIncident
from detectors.surge.series import DIMENSIONS
from schemas import situation
from schemas.incident import AffectedCustomer, Incident
from schemas.reasons import Reason

COMMON = 0.5
"""A value that this share of the complaints has in common is told of."""


def incident_message(
    stage: str, incident: OpenIncident, at: float, because: str, policy: Policy
) -> Message:
    """The event for one step of an incident; `at` is the moment of the step (epoch s)."""
    named = {d: v for d, v in zip(DIMENSIONS, incident.key, strict=True) if v is not None}
    payload = Incident(
        incident_id=incident.incident_id,
        stage=stage,  # type: ignore[arg-type]
        occurred_at=moment(at),
        started_at=moment(incident.started_at),
        ended_at=moment(incident.ended_at) if incident.ended_at else None,
        closed_because=because or None,
        **named,  # type: ignore[arg-type]
        observed=incident.observed,
        expected=round(incident.expected, 3),
        p_value=incident.p_value,
        customers=incident.affected.count(),
        value_at_stake=round(incident.affected.value(), 2),
        currency=policy.value.currency or None,
        affected=[
            AffectedCustomer(customer_id=customer, value_at_stake=round(value, 2))
            for customer, value in incident.affected.top
        ],
        reasons=reasons_of(incident),
        evidence=list(incident.evidence),
    )
    event_id = f"{incident.incident_id}-{stage}-{incident.updates}"
    return message("incidents", payload, key=incident.incident_id, id=event_id, at=at)


def reasons_of(incident: OpenIncident) -> list[Reason]:
    """How many times the usual; then the values that most of the complaints share besides."""
    times = incident.observed / max(incident.expected, 0.01)
    about = next(d for d, v in zip(DIMENSIONS, incident.key, strict=True) if v is not None)
    text = f"{incident.observed} complaints where {incident.expected:.1f} are usual"
    found = [Reason(feature=about, contribution=0.0, value=round(times, 2), text=text)]
    known = max(sum(incident.values[DIMENSIONS.index(about)].values()), 1)
    for dimension, counts in enumerate(incident.values):
        if incident.key[dimension] is None and counts:
            value, count = max(counts.items(), key=lambda item: (item[1], item[0]))
            share = min(count / known, 1.0)
            if share >= COMMON:
                name = DIMENSIONS[dimension]
                text = f"{name.removesuffix('_id')} {value} in {share:.0%} of them"
                found.append(
                    Reason(feature=name, contribution=0.0, value=round(share, 4), text=text)
                )
    return found


def in_force(incident: OpenIncident) -> situation.OpenIncident:
    """What a partition must know to fold what the incident explains."""
    named = {d: v for d, v in zip(DIMENSIONS, incident.key, strict=True) if v is not None}
    return situation.OpenIncident(
        incident_id=incident.incident_id,
        started_at=moment(incident.started_at),
        **named,  # type: ignore[arg-type]
    )
