"""The alert that a customer is about to leave."""

from datetime import datetime
from typing import cast

from detectors.alerts.lifecycle import Step, band_of
from detectors.alerts.reasons import changes_of
from detectors.alerts.staff import KIND as STAFF
from detectors.alerts.staff import is_left_alone
from detectors.customer.complaints import open_cases
from detectors.customer.features import (
    feature_names,
    unpack,
)
from detectors.customer.state import Alert, CustomerState
from detectors.effects import Message
from detectors.ledger import DECIMALS, ledger_of
from detectors.messages.envelope import message, moment
from detectors.policy import Policy
from detectors.scoring import Score, Scorer
from detectors.staff.ownership import departure_at
from detectors.value.worth import value_at_stake
from schemas.causes import Cause
from schemas.churn_risk import ChurnRisk
from schemas.reasons import Change, Reason


def churn_risk(
    state: CustomerState,
    kind: str,
    step: Step,
    score: Score,
    reasons: list[Reason],
    changes: list[Change],
    policy: Policy,
) -> Message:
    """The alert event for one step of the churn alert, or of another `kind` on its topic."""
    alert = step.alert
    risk = ChurnRisk(
        alert_id=alert.alert_id,
        kind=kind,  # type: ignore[arg-type]
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
        evidence=told_of_departure(state, kind, score.at) + evidence_of(state, score.at),
        model_version=score.model_version,
        basis=score.basis,
        confidence=round(score.confidence, 4),
        deadline=None if step.because is not None else deadline_of(kind, alert, score.at, policy),
        closed_because=step.because,
        incident_id=alert.folded or None,
        cause="staff_turnover" if kind == STAFF else cause_of(state, score.at, policy),
        ledger=ledger_of(score, feature_names(policy), policy),
    )
    event_id = f"{alert.alert_id}-{step.stage}-{alert.updates}"
    return message("churn-risk", risk, key=state.customer_id, id=event_id, at=score.at)


def deadline_of(kind: str, alert: Alert, now: float, policy: Policy) -> datetime:
    """The recommended latest time to act: so long after the alert opened, or now.

    So long as the band allows, or the policy for a new owner to make contact.
    """
    rules = policy.alerts
    within = {
        "critical": rules.act_within_critical,
        "high": rules.act_within_high,
    }.get(alert.band, rules.act_within_medium)
    if kind == STAFF:
        within = policy.staff.contact_within
    return moment(max(alert.opened_at + within, now))


def evidence_of(state: CustomerState, at: float) -> list[str]:
    """Ids of the newest activity events and of the open complaints that the score rests on."""
    events = [event_id for time, event_id in state.evidence if time <= at]
    return events + [case.complaint_id for case in open_cases(state, at)]


def told_of_departure(state: CustomerState, kind: str, at: float) -> list[str]:
    """Of a staff alert, the id of the event that told that the manager left (D15)."""
    departure = departure_at(state.staff, at) if kind == STAFF else None
    return [departure.event_id] if departure is not None and departure.event_id else []


def cause_of(state: CustomerState, at: float, policy: Policy) -> Cause | None:
    """That the account manager left (D15), or what the latest open complaint names (D12)."""
    if is_left_alone(state, at, policy.staff):
        return "staff_turnover"
    causes = [case.cause for case in open_cases(state, at) if case.cause]
    return cast(Cause, causes[-1]) if causes else None


def score_changes(
    state: CustomerState, score: Score, scorer: Scorer, policy: Policy
) -> list[Change]:
    """What moved since the score that was last published for this customer."""
    last = state.last_score
    if last is None or len(last.features) != len(score.packed):
        return []
    compared = scorer.since(unpack(last.features), score)
    return changes_of(compared, score.facts, scorer.names, policy)
