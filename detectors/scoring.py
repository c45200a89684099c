"""Scoring: which model may speak at a moment, and what it says of a customer."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.customer.attributes import is_profile_feature, profile_features
from detectors.customer.features import (
    Facts,
    Vector,
    facts_for,
    feature_names,
    numeric_features,
    on_grid,
    silence_probability,
    unpack,
)
from detectors.models.laplace import sigmoid
from detectors.models.logistic import SecondOrderLogistic
from detectors.models.prior import log_odds_of
from detectors.policy import Policy, Prior
from detectors.targets import Target


@dataclass(slots=True)
class Score:
    """A churn probability with all that is needed to repeat and to explain it."""

    at: float
    """As-of time (epoch s): nothing later has entered."""
    probability: float
    log_odds: float
    basis: str
    """``"model"``, or ``"prior"`` until the model has proved better on matured labels."""
    model_version: str
    confidence: float
    """0..1: how much evidence of its own stands behind the number."""
    packed: bytes
    """The numeric features on their grid, one byte each, in the order of `Scorer.names`."""
    values: Vector
    """The same as numbers."""
    parts: Vector | None
    """Contributions of `values` against the reference; None for the prior rule."""
    facts: Facts


@dataclass(slots=True)
class Explanation:
    """The log-odds of a score in parts: `base` plus all `parts` is the score's log-odds."""

    base: float
    """Log-odds of the population's reference customer (0 for the prior rule)."""
    names: tuple[str, ...]
    values: Vector
    parts: Vector
    """Signed contributions against the reference, one for each name."""
    weights: Vector
    """Log-odds per unit of each numeric feature, to tell what a change of features means."""
    reference: Vector
    """The population's mean of each numeric feature; 0 for the prior rule."""


class Champion:
    """A published model laid out for speed: it speaks from `as_of` (epoch s) on."""

    def __init__(
        self,
        model: SecondOrderLogistic,
        names: tuple[str, ...],
        reference: Mapping[str, float],
        *,
        as_of: float,
        version: str,
        labels: int,
        ready: bool,
    ) -> None:
        self.as_of = as_of
        self.version = version
        self.labels = labels
        self.ready = ready
        self.weights = np.array([model.weight(name) for name in names])
        self.reference = np.array([reference.get(name, 0.0) for name in names])
        self.intercept = model.intercept
        self._categories = {
            name: (model.weight(name), reference.get(name, 0.0))
            for name in model.features
            if is_profile_feature(name)
        }

    def category_odds(self, categories: Mapping[str, str]) -> float:
        """What the categories add to the log-odds."""
        return sum(
            self._categories.get(name, (0.0, 0.0))[0] * value
            for name, value in profile_features(categories).items()
        )

    def category_parts(self, categories: Mapping[str, str]) -> list[tuple[str, float, float]]:
        """Name, value and contribution of every category that the model knows."""
        present = profile_features(categories)
        return [
            (name, present.get(name, 0.0), weight * (present.get(name, 0.0) - mean))
            for name, (weight, mean) in self._categories.items()
        ]


class Scorer:
    """Scores customers with the newest snapshot that is not from the score's future (law 2)."""

    def __init__(self, policy: Policy, target: Target | None = None) -> None:
        """`target` is what is predicted; by default the first churn target."""
        self.policy = policy
        self.target = target or policy.target
        self.names = feature_names(policy)
        self._as_of: list[float] = []
        self._champions: list[Champion] = []
        self.prior_at: Callable[[float], Prior] = lambda _: policy.prior
        """Gives the parameters of the prior rule in force at a moment (epoch s)."""
        self._places = {name: place for place, name in enumerate(self.names)}
        self._prior_weights = np.array([float(name == "prior_logit") for name in self.names])
        self._prior_reference = np.zeros(len(self.names))

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
        """The champion for a score at `moment`, if it has become better than the prior rule."""
        index = bisect_right(self._as_of, moment) - 1
        if index < 0:
            return None
        champion = self._champions[index]
        return champion if champion.ready else None

    def score(self, facts: Facts, at: float) -> Score:
        """The probability that the target happens within its horizon after `at`."""
        return self.score_many([facts], at)[0]

    def score_many(self, customers: Sequence[Facts], at: float) -> list[Score]:
        """The scores of several customers as of the same moment, each as if it were alone."""
        parameters = self.prior_at(at)
        if self.target != self.policy.target or parameters != self.policy.prior:
            customers = [
                facts_for(facts, self.target, self.policy, parameters) for facts in customers
            ]
        rows = on_grid([numeric_features(facts, self.target, self.policy) for facts in customers])
        values = unpack(rows)
        champion = self.at(at)
        if champion is None:
            return [
                self._prior_score(facts, at, row.tobytes(), numbers)
                for facts, row, numbers in zip(customers, rows, values, strict=True)
            ]
        # Summed row by row and not by a matrix product, whose last bits depend on the row count.
        odds = (champion.intercept + (values * champion.weights).sum(axis=1)).tolist()
        parts = (values - champion.reference) * champion.weights
        learned = champion.labels / (champion.labels + self.policy.model.min_labels)
        scores = []
        for index, facts in enumerate(customers):
            log_odds = odds[index]
            if facts.categories:
                log_odds += champion.category_odds(facts.categories)
            scores.append(
                Score(
                    at,
                    sigmoid(log_odds),
                    log_odds,
                    "model",
                    champion.version,
                    own_evidence(facts) * learned,
                    rows[index].tobytes(),
                    values[index],
                    parts[index],
                    facts,
                )
            )
        return scores

    def _prior_score(self, facts: Facts, at: float, packed: bytes, values: Vector) -> Score:
        odds = log_odds_of(facts.prior)
        confidence = own_evidence(facts) * 0.5
        return Score(
            at, sigmoid(odds), odds, "prior", "prior", confidence, packed, values, None, facts
        )

    def explain(self, score: Score) -> Explanation:
        """The parts of the score's log-odds."""
        champion = self.at(score.at)
        if champion is None or score.parts is None:
            return self._explain_prior(score)
        parts = score.parts
        names, values = self.names, score.values
        categories = champion.category_parts(score.facts.categories)
        if categories:
            names = names + tuple(name for name, _, _ in categories)
            values = np.append(values, [value for _, value, _ in categories])
            parts = np.append(parts, [part for _, _, part in categories])
        base = score.log_odds - float(parts.sum())
        return Explanation(base, names, values, parts, champion.weights, champion.reference)

    def _explain_prior(self, score: Score) -> Explanation:
        """The prior's log-odds: what the rhythm alone says, and what the silence adds to it."""
        facts, policy, prior = score.facts, self.policy, score.facts.parameters
        parts: dict[str, float] = {}
        target, days = self.target, self.target.horizon_days
        if not target.is_churn:
            parts["base_rate"] = log_odds_of(policy.upgrade.rate)
        elif target.definition == "cancellation" or not facts.summary.occasions:
            parts["base_rate"] = log_odds_of(prior.cancellation_rate)
        else:
            last_day = facts.summary.last_day
            rhythm = log_odds_of(silence_probability(facts.summary, last_day, days, prior))
            now = log_odds_of(silence_probability(facts.summary, facts.day, days, prior))
            parts["recency"] = now - rhythm
            parts["expected_count"] = rhythm
        if target.is_churn and facts.windows.cancel_requests_30:
            parts["cancel_requested"] = prior.cancel_request_odds
        values = [score.values[self._places[n]] if n in self._places else 0.0 for n in parts]
        return Explanation(
            score.log_odds - sum(parts.values()),
            tuple(parts),
            np.array(values),
            np.array(list(parts.values())),
            self._prior_weights,
            self._prior_reference,
        )


def own_evidence(facts: Facts) -> float:
    """0..1: repeat occasions against two pseudo-occasions; one-time customers get 0.1."""
    n = facts.summary.occasions
    return max((n - 1) / (n + 1), 0.1) if n else 0.0
