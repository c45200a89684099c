"""The account of a customer's probability: what it is made of, what moved it, what would lower it.

Made anew from the customer's state and the published models, as the processor makes a score; where
the moment is that of the last published score, the two are compared bit for bit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from detectors.alerts.lifecycle import band_of, open_alert
from detectors.alerts.reasons import changes_of, strongest
from detectors.alerts.themes import sentence_of, typical_of, value_of
from detectors.broadcast import Broadcast
from detectors.counterfactual import Hint, hints_of
from detectors.customer.facts import Facts, facts_at
from detectors.customer.features import Vector, unpack
from detectors.customer.pending import taken_apart
from detectors.customer.state import CustomerState
from detectors.decisions import CHURN, in_population
from detectors.durations import DAY
from detectors.messages.churn_risk import evidence_of
from detectors.messages.envelope import MILLION, moment
from detectors.policy import Policy
from detectors.scoring import Score, Scorer
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.reasons import Change

TELLING = 10
"""Contributions named one by one; the others are summed."""


class NoAccountError(ValueError):
    """Nothing can be said of the customer at that moment; the message says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one theme adds to the log-odds of the reference customer."""

    feature: str
    contribution: float
    value: float
    """The customer's own number, in the theme's unit."""
    typical: float | None
    """The same of the reference customer; None where it is not known."""
    text: str


@dataclass(frozen=True, slots=True)
class Since:
    """The score before this one, and what moved since."""

    at: datetime
    probability: float
    changed: list[Change]


@dataclass(frozen=True, slots=True)
class Account:
    """A probability in parts: `reference_log_odds` + all contributions + `rest` = `log_odds`."""

    customer_id: str
    as_of: datetime
    probability: float
    log_odds: float
    band: str
    basis: str
    model_version: str
    confidence: float
    scored: bool
    """False: no longer an active customer, so that it is not scored any more."""
    published: float | None
    """The probability published for this very moment, if there is one."""
    reference_log_odds: float
    contributions: list[Part]
    rest: float
    since: Since | None
    hints: list[Hint]
    evidence: list[str]
    alert_id: str | None
    """The open churn alert."""


def scorer_with(
    snapshots: Iterable[ModelSnapshot],
    policy: Policy,
    version: str | None = None,
    portfolio: Portfolio | None = None,
) -> Scorer:
    """A scorer that knows the snapshots which are about the policy's target and horizon.

    With `version`, the one that a published score names, only that model may speak, or the prior
    rule if it is none of them: a newer one may have been published just after that score.
    The rule's parameters are those of the `portfolio`, or the policy's without one.
    """
    broadcast = Broadcast([scorer := Scorer(policy)], policy.prior)
    if portfolio is not None:
        broadcast.install(portfolio)
    for snapshot in snapshots:
        if version is None or snapshot.version == version:
            broadcast.install(snapshot)
    return scorer


def account_of(
    state: CustomerState, scorer: Scorer, policy: Policy, at: float | None = None
) -> Account:
    """The account as of `at` (epoch s; None: as of the last published score).

    As of the newest event instead if there is no score, or none of which the history is kept.
    Raises `NoAccountError` before the customer was known, and so long ago that its history is not
    kept day by day any more.
    """
    score = _score(state, scorer, policy, at)
    last = state.last_score
    is_published = last is not None and last.at == score.at
    why = scorer.explain(score)
    parts = _parts(score, scorer, why.reference, policy)
    shown = sum(part.contribution for part in parts)
    alert = open_alert(state, CHURN)

    def say(customers: Sequence[Facts]) -> list[float]:
        return [item.probability for item in scorer.score_many(customers, score.at)]

    return Account(
        customer_id=state.customer_id,
        as_of=moment(score.at),
        probability=score.probability,
        log_odds=score.log_odds,
        band=band_of(score.probability, policy.alerts),
        basis=score.basis,
        model_version=score.model_version,
        confidence=score.confidence,
        scored=in_population(score.facts, policy),
        published=last.probability if last is not None and is_published else None,
        reference_log_odds=why.base,
        contributions=parts,
        rest=score.log_odds - why.base - shown,
        since=_since(state, score, scorer, policy),
        hints=hints_of(state, score.facts.day, policy, say),
        evidence=evidence_of(state, score.at),
        alert_id=alert.alert_id if alert else None,
    )


def _score(state: CustomerState, scorer: Scorer, policy: Policy, at: float | None) -> Score:
    last = state.last_score
    oldest = int(state.last_at // DAY) - policy.retained_days
    if at is None:
        is_kept = last is not None and _days(last.at)[0] >= oldest
        at = last.at if last is not None and is_kept else state.last_at
    if at < state.first_at:
        raise NoAccountError(
            f"customer {state.customer_id!r} was not known before "
            f"{moment(state.first_at):%Y-%m-%d %H:%M} UTC"
        )
    days = _days(at)
    if days[0] < oldest:
        raise NoAccountError(
            f"the history of customer {state.customer_id!r} is kept day by day from "
            f"{moment(float(oldest * DAY)):%Y-%m-%d} on: ask for a later moment"
        )
    scores = [scorer.score(facts_at(state, day, policy), at) for day in days]
    if last is not None and last.at == at:
        return next((item for item in scores if item.packed == last.features), scores[0])
    return scores[0]


def _days(at: float) -> list[int]:
    """The day that a score at `at` looks at: at midnight the day that ends, as a review does.

    An event at midnight to the second is scored with the day that begins.
    """
    day = int(at // DAY)
    return [day] if at % DAY else [day - 1, day]


def _parts(score: Score, scorer: Scorer, means: Vector, policy: Policy) -> list[Part]:
    """The most telling contributions; `means`: the reference's features, 0 where none is known."""
    reference: dict[str, float] = {}
    if means.any():
        reference = dict(zip(scorer.names, means.tolist(), strict=True))
    facts, sums = score.facts, scorer.by_theme(score)
    return [
        Part(
            feature=theme,
            contribution=sums[theme],
            value=value_of(theme, facts, policy),
            typical=typical_of(theme, reference),
            text=sentence_of(theme, facts, policy),
        )
        for theme in strongest(sums, TELLING)
        if sums[theme]
    ]


def _since(state: CustomerState, score: Score, scorer: Scorer, policy: Policy) -> Since | None:
    """What moved since the newest earlier score of which the features are still kept."""
    earlier = []
    if state.last_score is not None:
        last = state.last_score
        earlier.append((last.at, last.probability, last.features))
    earlier += [
        ((p.day + 1.0) * DAY, p.probability / MILLION, p.features)
        for run in state.waiting
        if run.targets.partition(" ")[0] in ("", policy.target.name)
        for p in taken_apart(run.rows)[0]
    ]
    known = [item for item in earlier if item[0] < score.at and len(item[2]) == len(scorer.names)]
    if not known:
        return None
    at, probability, features = max(known, key=lambda item: item[0])
    compared = scorer.since(unpack(features), score)
    return Since(moment(at), probability, changes_of(compared, score.facts, scorer.names, policy))
