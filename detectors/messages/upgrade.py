"""The event that a customer may be ready for more."""

from collections.abc import Mapping

from detectors.alerts.lifecycle import Step
from detectors.customer.state import CustomerState
from detectors.effects import Message
from detectors.messages.churn_risk import evidence_of
from detectors.messages.envelope import message, moment
from detectors.policy import Policy
from detectors.scoring import Score
from detectors.value.pyramid import LEVELS, distance_to_next, level_of
from detectors.value.worth import growth, trailing_revenue
from schemas.reasons import Reason
from schemas.upgrade_opportunity import UpgradeOpportunity


def upgrade_opportunity(
    state: CustomerState,
    step: Step,
    score: Score,
    chance: Score,
    boundaries: Mapping[str, float],
    policy: Policy,
) -> Message:
    """The event for one step of an upgrade opportunity; `chance` is the upgrade target's score.

    The rule finds the opportunity; a probability is stated once a model has learned it.
    """
    alert = step.alert
    ratio = growth(score.facts)
    revenue = trailing_revenue(score.facts)
    distance = distance_to_next(revenue, boundaries)
    level = state.level or "small"
    # By the boundaries themselves, as the distance: the level may be kept a little beyond one.
    reached = level_of(revenue, boundaries)
    above = LEVELS[LEVELS.index(reached) - 1] if reached in LEVELS[1:] else None
    reasons = []
    if ratio is not None:
        reasons.append(
            Reason(
                feature="growth",
                contribution=0.0,
                value=round(ratio, 4),
                text=f"spends {ratio:.1f} times as much as in the half period before",
            )
        )
    if distance is not None:
        reasons.append(
            Reason(
                feature="distance",
                contribution=0.0,
                value=round(distance, 2),
                text=f"{distance:,.2f} below the next level ({above or 'next'})",
            )
        )
    opportunity = UpgradeOpportunity(
        opportunity_id=alert.alert_id,
        customer_id=state.customer_id,
        stage=step.stage,  # type: ignore[arg-type]
        occurred_at=moment(score.at),
        level=level,  # type: ignore[arg-type]
        target_level=above,  # type: ignore[arg-type]
        distance=None if distance is None else round(distance, 2),
        currency=state.currency or policy.value.currency or None,
        growth=None if ratio is None else round(ratio, 4),
        reasons=reasons,
        evidence=evidence_of(state, score.at),
        score=round(chance.probability, 6) if chance.basis == "model" else None,
        basis=chance.basis,
        model_version=chance.model_version if chance.basis == "model" else "rule",
        confidence=round(chance.confidence, 4),
        closed_because=step.because,
    )
    event_id = f"{alert.alert_id}-{step.stage}-{alert.updates}"
    return message(
        "upgrade-opportunity", opportunity, key=state.customer_id, id=event_id, at=score.at
    )
