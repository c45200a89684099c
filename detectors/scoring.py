"""Scoring: which model may speak at a moment, and what it says of a customer."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.champion import Champion
from detectors.customer.attributes import profile_features
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
from detectors.customer.segments import segment_of
from detectors.models.expert import Parts
from detectors.models.laplace import sigmoid
from detectors.models.prior import log_odds_of
from detectors.policy import Policy, Prior
from detectors.targets import Target
from schemas.fields import Basis

PRIOR = "prior"
"""The model version of scores that the prior rule gave alone, before any model was published."""
LITTLE = 0.1
"""Evidence of its own that a customer seen once gives, and any customer judged by its group."""


@dataclass(slots=True)
class Score:
    """A probability with all that is needed to repeat and to explain it."""

    at: float
    """As-of time (epoch s): nothing later has entered."""
    probability: float
    log_odds: float
    basis: Basis
    model_version: str
    confidence: float
    """0..1: how much evidence of its own stands behind the number."""
    packed: bytes
    """The numeric features on their grid, one byte each, in the order of `Scorer.names`."""
    values: Vector
    """The same as numbers."""
    segment: str
    parts: Parts | None
    """The parts of the log-odds (one row); None for the prior rule alone."""
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
    reference: Vector
    """The population's mean of each numeric feature; 0 for the prior rule."""


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
        """The champion for a score at `moment`; None before the first was published."""
        index = bisect_right(self._as_of, moment) - 1
        return self._champions[index] if index >= 0 else None

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
        segments = [
            segment_of(
                facts.segment,
                is_known=facts.summary.occasions > 0,
                is_one_time=facts.summary.occasions == 1,
            )
            for facts in customers
        ]
        champion = self.at(at)
        basis: Basis = champion.basis if champion else "prior"
        version = champion.version if champion else PRIOR
        learned = self._learned(champion, basis)
        said: list[Parts] | None = None
        if champion is None:
            odds = [log_odds_of(facts.prior) for facts in customers]
        else:
            parts = champion.parts(values, [facts.categories for facts in customers], segments)
            odds = parts.total().tolist()
            said = parts.rows()
        return [
            Score(
                at=at,
                probability=sigmoid(odds[index]),
                log_odds=odds[index],
                basis=basis,
                model_version=version,
                confidence=_own_evidence(facts, basis) * learned,
                packed=rows[index].tobytes(),
                values=values[index],
                segment=segments[index],
                parts=said[index] if said else None,
                facts=facts,
            )
            for index, facts in enumerate(customers)
        ]

    def explain(self, score: Score) -> Explanation:
        """The parts of the score's log-odds."""
        champion = self.at(score.at)
        if champion is None or score.parts is None:
            return self._explain_rule(score, 1.0)
        if champion.basis == "prior":
            return self._explain_rule(score, champion.ensemble.calibration.slope)
        why = score.parts.against(champion.reference)
        base = float(champion.reference.total()[0])
        names, values, parts = self.names, score.values.tolist(), why.numeric[0].tolist()
        present = profile_features(score.facts.categories)
        for name, part in sorted(why.categories[0].items()) if why.categories else ():
            names += (name,)
            values.append(present.get(name, 0.0))
            parts.append(part)
        by_segment = float(why.base[0]) - base
        if by_segment:
            names += (f"segment={score.segment}",)
            values.append(1.0)
            parts.append(by_segment)
        return Explanation(base, names, np.array(values), np.array(parts), champion.means)

    def contributions(self, features: Sequence[Vector], score: Score) -> Vector:
        """What the numeric features contribute by the model that speaks in `score`, n×d.

        `features`: those of the customer at n moments, so that they can be compared.
        """
        values = np.array(features)
        champion = self.at(score.at)
        if champion is None:
            return np.asarray(values * self._prior_weights)
        segments = [score.segment] * len(values)
        parts = champion.parts(values, [{}] * len(values), segments)
        return np.asarray(parts.numeric - champion.reference.numeric)

    def _learned(self, champion: Champion | None, basis: Basis) -> float:
        """0..1: how much has been learned from others."""
        if champion is None or basis == "prior":
            return 0.5
        return champion.labels / (champion.labels + self.policy.model.min_labels)

    def _explain_rule(self, score: Score, slope: float) -> Explanation:
        """What the rhythm alone says, and what the silence adds to it; `slope`: its calibration."""
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
        contributions = slope * np.array(list(parts.values()))
        return Explanation(
            score.log_odds - float(contributions.sum()),
            tuple(parts),
            np.array(values),
            contributions,
            np.zeros(len(self.names)),
        )


def _own_evidence(facts: Facts, basis: Basis) -> float:
    """`own_evidence`, of which a score by the group's rate uses little."""
    own = own_evidence(facts)
    return min(own, LITTLE) if basis == "group" else own


def own_evidence(facts: Facts) -> float:
    """0..1: repeat occasions against two pseudo-occasions; one-time customers get 0.1."""
    n = facts.summary.occasions
    return max((n - 1) / (n + 1), LITTLE) if n else 0.0
