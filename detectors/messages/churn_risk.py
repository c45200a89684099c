"""The alert that a customer is about to leave."""

from datetime import datetime

from detectors.alerts.lifecycle import Step, band_of
from detectors.alerts.reasons import changes_of
from detectors.customer.complaints import open_cases
from detectors.customer.features import (
    feature_names,
    unpack,
)
from detectors.customer.state import CustomerState
from detectors.effects import Message
from detectors.ledger import DECIMALS, ledger_of
from detectors.messages.envelope import message, moment
from detectors.policy import Alerts, Policy
from detectors.scoring import Score, Scorer
from detectors.value.worth import value_at_stake
from schemas.churn_risk import ChurnRisk
from schemas.reasons import Change, Reason


def churn_risk(
    state: CustomerState,
    step: Step,
    score: Score,
    reasons: list[Reason],
    changes: list[Change],
    policy: Policy,
) -> Message:
    """The alert event for one step of the churn alert."""
    alert = step.alert
    risk = ChurnRisk(
        alert_id=alert.alert_id,
        customer_id=state.customer_id,
        stage=step.stage,  # type: ignore[arg-type]
        occurred_at=moment(score.at),
        target=policy.churn.definition,  # type: ignore[arg-type]
        horizon_days=policy.horizon_days,
        probability=round(score.probability, DECIMALS),
        band=band_of(score.probability, policy.alerts),  # type: ignore[arg-type]
        value_at_stake=round(value_at_stake(score.facts, policy), 2),
        currency=state.currency or policy.value.currency or None,
        level=state.level or None,  # type: ignore[arg-type]
        reasons=reasons,
        changed=changes,
        evidence=evidence_of(state, score.at),
        model_version=score.model_version,
        basis=score.basis,
        confidence=round(score.confidence, 4),
        deadline=deadline_of(alert.opened_at, alert.band, score.at, policy.alerts)
        if step.because is None
        else None,
        closed_because=step.because,
        incident_id=alert.folded or None,
        cause=cause_of(state, score.at),  # type: ignore[arg-type]
        ledger=ledger_of(score, feature_names(policy), policy),
    )
    event_id = f"{alert.alert_id}-{step.stage}-{alert.updates}"
    return message("churn-risk", risk, key=state.customer_id, id=event_id, at=score.at)


def deadline_of(opened_at: float, band: str, now: float, policy: Alerts) -> datetime:
    """The recommended latest time to act: the band's allowance after the alert opened, or now."""
    within = {
        "critical": policy.act_within_critical,
        "high": policy.act_within_high,
    }.get(band, policy.act_within_medium)
    return moment(max(opened_at + within, now))


def evidence_of(state: CustomerState, at: float) -> list[str]:
    """Ids of the newest activity events and of the open complaints that the score rests on."""
    events = [event_id for time, event_id in state.evidence if time <= at]
    return events + [case.complaint_id for case in open_cases(state, at)]


def cause_of(state: CustomerState, at: float) -> str | None:
    """The cause named by the latest open complaint that names one (D12)."""
    causes = [case.cause for case in open_cases(state, at) if case.cause]
    return causes[-1] if causes else None


def score_changes(
    state: CustomerState, score: Score, scorer: Scorer, policy: Policy
) -> list[Change]:
    """What moved since the score that was last published for this customer."""
    last = state.last_score
    if last is None or len(last.features) != len(score.packed):
        return []
    compared = scorer.since(unpack(last.features), score)
    return changes_of(compared, score.facts, scorer.names, policy)
