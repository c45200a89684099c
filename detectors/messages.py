"""Building the output messages: from decisions to payloads on topics, ids made of their causes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from detectors.alerts.lifecycle import Step, band_of
from detectors.alerts.reasons import changes_of
from detectors.customer.complaints import open_cases
from detectors.customer.control import in_control_group
from detectors.customer.facts import Counts, facts_at
from detectors.customer.features import (
    as_mapping,
    feature_names,
    unpack,
)
from detectors.customer.labels import Matured, basis_of, context_of
from detectors.customer.prior_rule import prior_offset, priors_of
from detectors.customer.profiles import profile_at
from detectors.customer.segments import segment_of
from detectors.customer.state import ComplaintCase, CustomerState
from detectors.durations import DAY
from detectors.effects import Message, Record
from detectors.ledger import DECIMALS, ledger_of
from detectors.models.drift import Block
from detectors.models.prior import log_odds_of
from detectors.policy import Alerts, Policy, Prior
from detectors.scoring import Score, Scorer
from detectors.targets import target_of
from detectors.value.pyramid import LEVELS, distance_to_next
from detectors.value.sketch import QuantileSketch
from detectors.value.worth import growth, trailing_revenue, value_at_stake
from schemas.churn_risk import ChurnRisk
from schemas.codec import encode
from schemas.complaint_alert import ComplaintAlert
from schemas.customer_state import CustomerState as CustomerView
from schemas.customer_state import OpenAlert
from schemas.dead_letter import DeadLetter
from schemas.model_event import ModelEvent
from schemas.portfolio_fact import PortfolioFact
from schemas.reasons import Change, Reason
from schemas.training_example import TrainingExample
from schemas.upgrade_opportunity import UpgradeOpportunity

MILLION = 1_000_000


@lru_cache(maxsize=1024)
def moment(at: float) -> datetime:
    """An aware UTC time of epoch seconds (reviews of a day share theirs)."""
    return datetime.fromtimestamp(at, UTC)


def message(topic: str, payload: msgspec.Struct, *, key: str, id: str, at: float) -> Message:
    """One encoded CloudEvent; `at` is its event time."""
    return Message(topic, key.encode(), encode(payload, id=id, subject=key, time=at))


def digest(*parts: object) -> str:
    """A short id made of its causes."""
    return blake2b("|".join(map(str, parts)).encode(), digest_size=12).hexdigest()


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


def upgrade_opportunity(
    state: CustomerState,
    step: Step,
    score: Score,
    chance: Score,
    boundaries: dict[str, float],
    policy: Policy,
) -> Message:
    """The event for one step of an upgrade opportunity; `chance` is the upgrade target's score.

    The rule finds the opportunity; a probability is stated once a model has learned it.
    """
    alert = step.alert
    ratio = growth(score.facts)
    distance = distance_to_next(trailing_revenue(score.facts), boundaries)
    level = state.level or "small"
    above = LEVELS[LEVELS.index(level) - 1] if level in LEVELS[1:] else None
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


def customer_view(
    state: CustomerState,
    score: Score,
    further: dict[str, float],
    reasons: list[Reason],
    cause: str,
    policy: Policy,
) -> Message:
    """The public view of a customer, for the compacted topic; `cause` is what made it new.

    `further` are the probabilities of the policy's further churn targets, by name.
    """
    facts = score.facts
    summary = facts.summary
    view = CustomerView(
        customer_id=state.customer_id,
        as_of=moment(score.at),
        first_seen=moment(state.first_at),
        last_activity=last_activity(state, score),
        occasions=summary.occasions,
        spend_window=round(trailing_revenue(facts), 2),
        value_at_stake=round(value_at_stake(facts, policy), 2),
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
                band=alert.band if kind == "churn-risk" else None,  # type: ignore[arg-type]
                opened_at=moment(alert.opened_at),
            )
            for kind, alert in sorted(state.alerts.items())
            if not alert.closed_at
        ],
        reasons=reasons,
        reviewed_at=moment(score.at),
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


def dead_letter(record: Record, reason: str, detail: str, at: float) -> Message:
    """A record that could not be applied, with its bytes and the reason."""
    letter = DeadLetter.of(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=reason,
        detail=detail,
        key=record.key,
        value=record.value,
        received_at=record.timestamp,
    )
    return Message(
        "dead-letters",
        letter.dead_letter_id.encode(),
        encode(letter, id=letter.dead_letter_id, subject=letter.dead_letter_id, time=at),
    )


def training_example(
    state: CustomerState,
    item: Matured,
    label: bool,
    names: tuple[str, ...],
    partition: int,
    policy: Policy,
    prior: Prior,
    boundaries: Mapping[str, float],
) -> Message:
    """A prediction with its label, for the trainer of its target.

    `prior` was in force when it was made, `boundaries` are those by which it is labelled: the
    pyramid's earlier ones are not kept.
    """
    target, pending = item.target, item.pending
    at = (pending.day + 1.0) * DAY
    matured_at = at + target.horizon_days * DAY
    profile = profile_at(state, at)
    features = as_mapping(names, unpack(pending.features), profile.attributes if profile else None)
    if not item.said:
        # The features were packed for the first target; the prior is this one's.
        facts = [facts_at(state, pending.day, policy)]
        (said,) = priors_of(facts, target, policy, prior, boundaries)
        features["prior_logit"] = log_odds_of(said) - prior_offset(policy, target)
    example = TrainingExample(
        example_id=digest("example", state.customer_id, target.name, pending.day),
        customer_id=state.customer_id,
        partition=partition,
        at=moment(at),
        matured_at=moment(matured_at),
        target=target.definition,  # type: ignore[arg-type]
        horizon_days=target.horizon_days,
        features=features,
        label=label,
        probability=pending.probability / MILLION if item.said else None,
        basis=basis_of(pending.flags) if item.said else None,
        context={
            **context_of(pending.flags),
            "control": in_control_group(state.customer_id, policy.alerts.control_share),
        },
        segment=segment_of(
            profile.segment if profile else "",
            is_known=bool(features.get("occasions")),
            is_one_time=bool(features.get("one_time")),
        ),
    )
    return message(
        "training-examples", example, key=state.customer_id, id=example.example_id, at=matured_at
    )


def model_event(event: ModelEvent) -> Message:
    """What happened to the models of a target, keyed by it."""
    at = event.occurred_at.timestamp()
    return message("model-events", event, key=target_of(event).name, id=event.event_id, at=at)


def portfolio_fact(
    partition: int,
    day: int,
    sketch: QuantileSketch,
    revenue: float,
    rhythms: Mapping[Counts, int],
    scored: Mapping[str, Block],
) -> Message:
    """What one partition's customers reviewed on `day` did: replaceable by its key."""
    data: dict[str, Any] = sketch.to_json()
    fact = PortfolioFact(
        partition=partition,
        bucket=day,
        customers=sketch.count,
        revenue=round(revenue, 2),
        sketch=data,
        scored=dict(scored),
        rhythms=[(*counts, number) for counts, number in sorted(rhythms.items())],
    )
    key = f"{partition}/{day}"
    return message("portfolio-facts", fact, key=key, id=f"fact-{key}", at=(day + 1.0) * DAY)
