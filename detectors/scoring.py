"""Scoring: which model may speak at a moment, and what it says of a customer."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from detectors.alerts.themes import grouped, theme_of, themes_of
from detectors.champion import Champion
from detectors.customer.attributes import profile_features
from detectors.customer.facts import Facts
from detectors.customer.features import (
    Rows,
    Vector,
    feature_names,
    features_of,
    unpack,
    with_prior,
)
from detectors.customer.prior_rule import bg_nbd, prior_offset, priors_of, silence_probability
from detectors.models.expert import Parts
from detectors.models.laplace import sigmoid
from detectors.models.prior import log_odds_of
from detectors.policy import Policy, Prior
from detectors.targets import Target
from schemas.fields import Basis

PRIOR = "prior"
"""The model version of scores that the prior rule gave alone, before any model was published."""
_SEGMENT = "segment="
LITTLE = 0.1
"""Evidence of its own that a customer seen once gives, and any customer judged by its group."""


class Said:
    """What a champion said of customers who were scored together, in parts."""

    def __init__(self, champion: Champion, parts: Parts) -> None:
        self.champion = champion
        self.parts = parts
        self._by_segment: list[float] = (parts.base - champion.reference.base).tolist()
        self._sums: list[list[float]] | None = None

    def by_theme(self, row: int) -> list[float]:
        """What the numeric features contribute against the reference, summed by their themes.

        In the order of `themes_of` for the champion's features.
        """
        if self._sums is None:
            away = self.parts.numeric - self.champion.reference.numeric
            self._sums = grouped(self.champion.names, away).tolist()
        return self._sums[row]

    def stated(self, row: int, segment: str) -> dict[str, float]:
        """What the attributes and the segment contribute against the reference, by name."""
        reference = self.champion.reference
        own = self.parts.categories[row] if self.parts.categories else {}
        away = reference.categories[0] if reference.categories else {}
        stated = {
            name: own.get(name, 0.0) - away.get(name, 0.0) for name in sorted({**own, **away})
        }
        by_segment = self._by_segment[row]
        if by_segment:
            # An attribute of the company's may have this very name.
            name = f"{_SEGMENT}{segment}"
            stated[name] = stated.get(name, 0.0) + by_segment
        return stated


@dataclass(slots=True)
class Batch:
    """What was computed at once for customers who were scored together."""

    rows: Rows
    """The numeric features on their grid, n×d."""
    segments: list[str]
    """The groups by which the scores were calibrated."""
    said: Said | None = None
    """None for the prior rule alone."""
    values: Vector = field(init=False)
    """The features as numbers."""

    def __post_init__(self) -> None:
        self.values = unpack(self.rows)


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
    facts: Facts
    parameters: Prior
    """Those of the prior rule."""
    batch: Batch
    """Of all who were scored together; the customer's is `row`."""
    row: int

    @property
    def values(self) -> Vector:
        """The numeric features."""
        return np.asarray(self.batch.values[self.row])

    @property
    def segment(self) -> str:
        """The group by which the score was calibrated."""
        return self.batch.segments[self.row]


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
        self.boundaries_at: Callable[[float], Mapping[str, float]] = lambda _: {}
        """Gives the boundaries of the pyramid in force at a moment (epoch s)."""
        self._places = {name: place for place, name in enumerate(self.names)}
        self._themes = themes_of(self.names)
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

    def score_many(
        self, customers: Sequence[Facts], at: float, like: Rows | None = None
    ) -> list[Score]:
        """The scores of several customers as of the same moment, each as if it were alone.

        `like`: their features for another target (`Batch.rows`), where they are known already.
        """
        if not customers:
            return []
        parameters = self.prior_at(at)
        policy, target = self.policy, self.target
        priors = priors_of(customers, target, policy, parameters, self.boundaries_at(at))
        offset = prior_offset(policy, target)
        logits = [log_odds_of(prior) - offset for prior in priors]
        rows = features_of(customers, logits, policy) if like is None else with_prior(like, logits)
        champion = self.at(at)
        batch = Batch(rows, [facts.group for facts in customers])
        if champion is None:
            odds = [log_odds_of(prior) for prior in priors]
        else:
            categories = [facts.categories for facts in customers]
            parts = champion.parts(batch.values, categories, batch.segments)
            batch.said = Said(champion, parts)
            odds = parts.total().tolist()
        bases: list[Basis] = [
            champion.basis_of(is_one_time=facts.summary.occasions == 1) if champion else "prior"
            for facts in customers
        ]
        version = champion.version if champion else PRIOR
        learned = self._learned(champion)
        packed, width = rows.tobytes(), rows.shape[1]
        return [
            Score(
                at=at,
                probability=sigmoid(odds[row]),
                log_odds=odds[row],
                basis=bases[row],
                model_version=version,
                confidence=_own_evidence(facts, bases[row]) * learned,
                packed=packed[row * width : (row + 1) * width],
                facts=facts,
                parameters=parameters,
                batch=batch,
                row=row,
            )
            for row, facts in enumerate(customers)
        ]

    def explain(self, score: Score) -> Explanation:
        """The parts of the score's log-odds."""
        said = score.batch.said
        if said is None:
            return self._explain_rule(score, 1.0)
        champion = said.champion
        if champion.basis == "prior":
            return self._explain_rule(score, champion.ensemble.calibration.slope)
        stated = said.stated(score.row, score.segment)
        present = profile_features(score.facts.categories)
        numeric = said.parts.numeric[score.row] - champion.reference.numeric[0]
        return Explanation(
            float(champion.reference.total()[0]),
            self.names + tuple(stated),
            np.array([*score.values.tolist(), *(_value(name, present) for name in stated)]),
            np.array([*numeric.tolist(), *stated.values()]),
            champion.means,
        )

    def by_theme(self, score: Score) -> dict[str, float]:
        """The parts of the score's log-odds, summed by their themes."""
        said = score.batch.said
        if said is None or said.champion.basis == "prior":
            slope = 1.0 if said is None else said.champion.ensemble.calibration.slope
            by_theme: dict[str, float] = {}
            for name, part in self._rule_parts(score, slope).items():
                theme = theme_of(name)
                by_theme[theme] = by_theme.get(theme, 0.0) + part
            return by_theme
        sums = dict(zip(self._themes, said.by_theme(score.row), strict=True))
        for name, part in said.stated(score.row, score.segment).items():
            theme = theme_of(name)
            sums[theme] = sums.get(theme, 0.0) + part
        return sums

    def since(self, before: Vector, score: Score) -> Vector:
        """What the numeric features contributed `before` and do now, by the model that speaks: 2×d.

        `before`: the customer's features of an earlier score.
        """
        said = score.batch.said
        if said is None:
            return np.asarray(np.stack([before, score.values]) * self._prior_weights)
        then = said.champion.parts(before[None, :], [{}], [score.segment])
        both = np.stack([then.numeric[0], said.parts.numeric[score.row]])
        return np.asarray(both - said.champion.reference.numeric)

    def _learned(self, champion: Champion | None) -> float:
        """0..1: how much has been learned from others."""
        if champion is None or champion.basis == "prior":
            return 0.5
        return champion.labels / (champion.labels + self.policy.model.min_labels)

    def _explain_rule(self, score: Score, slope: float) -> Explanation:
        """What the rule says in parts; `slope`: its calibration."""
        parts = self._rule_parts(score, slope)
        values = [score.values[self._places[n]] if n in self._places else 0.0 for n in parts]
        return Explanation(
            score.log_odds - sum(parts.values()),
            tuple(parts),
            np.array(values),
            np.array(list(parts.values())),
            np.zeros(len(self.names)),
        )

    def _rule_parts(self, score: Score, slope: float) -> dict[str, float]:
        """What the rhythm alone says, and what the silence adds to it; `slope`: its calibration."""
        facts, policy, prior = score.facts, self.policy, score.parameters
        parts: dict[str, float] = {}
        target, days = self.target, self.target.horizon_days
        if not target.is_churn:
            parts["base_rate"] = slope * log_odds_of(policy.upgrade.rate)
        elif target.definition == "cancellation" or not facts.summary.occasions:
            parts["base_rate"] = slope * log_odds_of(prior.cancellation_rate)
        else:
            last_day = facts.summary.last_day
            model = bg_nbd(prior)
            rhythm = log_odds_of(silence_probability(facts.summary, last_day, days, model))
            now = log_odds_of(silence_probability(facts.summary, facts.day, days, model))
            parts["recency"] = slope * (now - rhythm)
            parts["expected_count"] = slope * rhythm
        if target.is_churn and facts.windows.cancel_requests_30:
            parts["cancel_requested"] = slope * prior.cancel_request_odds
        return parts


def _own_evidence(facts: Facts, basis: Basis) -> float:
    """`own_evidence`, of which a score by the group's rate uses little."""
    own = own_evidence(facts)
    return min(own, LITTLE) if basis == "group" else own


def own_evidence(facts: Facts) -> float:
    """0..1: repeat occasions against two pseudo-occasions; one-time customers get 0.1."""
    n = facts.summary.occasions
    return max((n - 1) / (n + 1), LITTLE) if n else 0.0


def _value(name: str, present: Mapping[str, float]) -> float:
    return 1.0 if name.startswith(_SEGMENT) else present.get(name, 0.0)
