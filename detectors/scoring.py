"""Scoring: which model may speak at a moment, and what it says of a customer."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from detectors.customer.features import (
    Facts,
    as_mapping,
    feature_names,
    numeric_features,
    silence_probability,
)
from detectors.models.laplace import sigmoid
from detectors.models.logistic import SecondOrderLogistic
from detectors.models.prior import log_odds_of
from detectors.policy import Policy


@dataclass(slots=True)
class Score:
    """A churn probability with all that is needed to explain and to repeat it."""

    at: float
    """As-of time (epoch s): nothing later has entered."""
    probability: float
    basis: str
    """``"model"``, or ``"prior"`` while too few labels have matured."""
    model_version: str
    confidence: float
    """0..1: how much evidence of its own stands behind the number."""
    log_odds: float
    values: list[float]
    """The numeric features, on their grid."""
    features: Mapping[str, float]
    """The features as the model takes them, by name."""
    facts: Facts
    contributions: Mapping[str, float] = field(default_factory=dict)
    """Signed parts of the log-odds against the population's reference (empty until asked for)."""
    base: float = 0.0
    """Log-odds of the reference: `base` plus the contributions is `log_odds`."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Log-odds per unit of a feature; empty for the prior rule."""


@dataclass(slots=True)
class Champion:
    """A restored snapshot: the model that speaks from `as_of` on."""

    as_of: float
    version: str
    labels: int
    positives: int
    model: SecondOrderLogistic
    reference: Mapping[str, float]


class Scorer:
    """Scores customers with the newest snapshot that is not from the score's future (law 2)."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.names = feature_names(policy)
        self._as_of: list[float] = []
        self._champions: list[Champion] = []

    def install(self, champion: Champion) -> None:
        """Take a published snapshot; one with the same `as_of` is replaced."""
        at = bisect_right(self._as_of, champion.as_of)
        if at and self._as_of[at - 1] == champion.as_of:
            self._champions[at - 1] = champion
            return
        self._as_of.insert(at, champion.as_of)
        self._champions.insert(at, champion)

    def forget(self, before: float) -> None:
        """Drop snapshots that no score at or after `before` (epoch s) can need."""
        keep = max(bisect_right(self._as_of, before) - 1, 0)
        if keep:
            del self._as_of[:keep], self._champions[:keep]

    def at(self, moment: float) -> Champion | None:
        """The champion for a score at `moment`, if it has learned from enough labels."""
        index = bisect_right(self._as_of, moment) - 1
        if index < 0:
            return None
        champion = self._champions[index]
        return champion if is_ready(champion, self.policy) else None

    def score(self, facts: Facts, at: float) -> Score:
        """The customer's churn probability within the horizon after `at`."""
        values = numeric_features(facts, self.policy)
        features = as_mapping(self.names, values, facts.categories)
        champion = self.at(at)
        if champion is None:
            odds = log_odds_of(facts.prior)
            basis, version, learned = "prior", "prior", 0.5
        else:
            odds = champion.model.log_odds(features)
            basis, version = "model", champion.version
            learned = champion.labels / (champion.labels + self.policy.model.min_labels)
        return Score(
            at=at,
            probability=sigmoid(odds),
            log_odds=odds,
            basis=basis,
            model_version=version,
            confidence=own_evidence(facts) * learned,
            values=values,
            features=features,
            facts=facts,
        )

    def explain(self, score: Score) -> None:
        """Fill in the contributions, which with `base` add up to the log-odds, once."""
        if score.contributions:
            return
        champion = self.at(score.at) if score.basis == "model" else None
        if champion is None:
            score.contributions = self._prior_parts(score)
        else:
            score.contributions = champion.model.contributions(score.features, champion.reference)
            score.weights = {name: champion.model.weight(name) for name in self.names}
        score.base = score.log_odds - sum(score.contributions.values())

    def _prior_parts(self, score: Score) -> dict[str, float]:
        """The prior's log-odds: what the rhythm alone says, and what the silence adds to it."""
        facts, policy = score.facts, self.policy
        if policy.churn.definition == "cancellation" or not facts.summary.occasions:
            return {"base_rate": score.log_odds}
        rhythm = log_odds_of(silence_probability(facts.summary, facts.summary.last_day, policy))
        parts = {
            "recency": log_odds_of(silence_probability(facts.summary, facts.day, policy)) - rhythm
        }
        parts["expected_count"] = rhythm
        if facts.cancel_requested:
            parts["cancel_requested"] = policy.prior.cancel_request_odds
        return parts


def is_ready(champion: Champion, policy: Policy) -> bool:
    """Enough labels, and at least a fortieth of `min_labels` of each outcome."""
    least = policy.model.min_labels / 40
    negatives = champion.labels - champion.positives
    return (
        champion.labels >= policy.model.min_labels
        and champion.positives >= least
        and negatives >= least
    )


def own_evidence(facts: Facts) -> float:
    """0..1: repeat occasions against two pseudo-occasions; one-time customers get 0.1."""
    n = facts.summary.occasions
    return max((n - 1) / (n + 1), 0.1) if n else 0.0
