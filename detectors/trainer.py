"""The trainer: learns from matured examples, measures what was predicted, publishes snapshots.

Measured first, then learned (prequential). Examples of one source partition come in the order of
their maturity, so one mark per partition tells repeats and stragglers: they change nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from detectors.customer.features import prior_offset
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages import message
from detectors.models.laplace import sigmoid
from detectors.models.linear import drift_for
from detectors.models.logistic import SecondOrderLogistic
from detectors.models.prequential import Prequential
from detectors.models.snapshot import make_snapshot, restore
from detectors.policy import Policy
from detectors.targets import Target, target_of
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample

REFERENCE_WEIGHT = 0.002
"""How fast the reference follows the population: about the last 500 examples count."""
HALF_LIFE_DAYS = 90.0
"""Half-life of the published measures."""
MEASURED = ("emitted", "model", "prior")
"""What is measured: the probabilities that were given out, and those of either source."""


class Trainer:
    """One model for one target, its measures, and how far it has learned.

    `learn` returns a snapshot at most once per `model.snapshot_interval` of event time. The caller
    acknowledges examples only up to the last published snapshot: after a failure it restores that
    and reads the rest again.
    """

    def __init__(self, policy: Policy, target: Target | None = None) -> None:
        """`target` is what is learned; by default the first churn target."""
        self.policy = policy
        self.target = target or policy.target
        self.model = SecondOrderLogistic(
            prior_variance=policy.model.prior_variance,
            intercept_variance=policy.model.intercept_variance,
            drift=drift_for(self.target.horizon_days, policy.model.drift),
            intercept_drift=policy.model.drift_intercept,
            prior_mean={"prior_logit": 1.0},
            prior_intercept=prior_offset(policy, self.target),
        )
        self.measures = {name: Prequential(HALF_LIFE_DAYS) for name in MEASURED}
        self.reference: dict[str, float] = {}
        self.positives = 0
        self.ignored = 0
        """Repeats and stragglers since the start of this object."""
        self._applied: dict[str, list[Any]] = {}
        self._as_of = 0.0
        self._published = 0.0
        self.has_news = False
        """Whether something was learned since the last snapshot."""

    def restore(self, snapshot: ModelSnapshot) -> None:
        """Go on from a published snapshot. One for another target or horizon is left aside."""
        if target_of(snapshot) != self.target:
            return
        restored = restore(snapshot)
        self.model = restored.model
        self.measures.update(restored.metrics)
        self.reference = dict(snapshot.reference)
        self.positives = snapshot.positives
        self._applied = {name: list(mark) for name, mark in snapshot.applied.items()}
        self._as_of = self._published = snapshot.as_of.timestamp()

    def learn(self, batch: Sequence[TrainingExample]) -> list[Message]:
        """Learn the examples that are new; returns a snapshot when one is due."""
        self.take_in(batch)
        return [self.publish()] if self.is_due() else []

    def take_in(self, batch: Sequence[TrainingExample]) -> None:
        """Learn the examples that are new."""
        for example in batch:
            if self._is_new(example):
                self._learn_one(example)
            else:
                self.ignored += 1

    def is_due(self) -> bool:
        """Whether a snapshot is to be published."""
        return self._as_of - self._published >= self.policy.model.snapshot_interval

    def publish(self) -> Message:
        """The snapshot as of now, for the compacted topic, keyed by target."""
        snapshot = self.snapshot()
        self._published = self._as_of
        self.has_news = False
        return message(
            "model-snapshots",
            snapshot,
            key=self.target.name,
            id=f"{self.target.name}-{snapshot.version}",
            at=self._as_of,
        )

    def snapshot(self) -> ModelSnapshot:
        """All that has been learned and measured, as one value."""
        return make_snapshot(
            self.model,
            self.measures,
            target=self.target.definition,  # type: ignore[arg-type]
            horizon_days=self.target.horizon_days,
            as_of=datetime.fromtimestamp(self._as_of, UTC),
            ready=self.is_ready(),
            positives=self.positives,
            reference=self.reference,
            applied=self._applied,
        )

    def _is_new(self, example: TrainingExample) -> bool:
        if target_of(example) != self.target:
            return False
        mark: list[Any] = [example.matured_at.timestamp(), example.customer_id]
        name = str(example.partition)
        if name in self._applied and mark <= self._applied[name]:
            return False
        self._applied[name] = mark
        return True

    def _learn_one(self, example: TrainingExample) -> None:
        self.has_news = True
        matured_at = example.matured_at.timestamp()
        self._measure(example, matured_at)
        if matured_at > self._as_of:
            if self._as_of:
                self.model.advance((matured_at - self._as_of) / DAY)
            self._as_of = matured_at
        self.model.learn_one(example.features, example.label)
        self.positives += example.label
        self._follow(example.features)

    def _measure(self, example: TrainingExample, at: float) -> None:
        """Judge what was emitted, and what model and prior would say, before learning from it."""
        said = {
            "model": sigmoid(self.model.log_odds(example.features)),
            "prior": sigmoid(
                prior_offset(self.policy, self.target) + example.features.get("prior_logit", 0.0)
            ),
        }
        if example.probability is not None:
            said["emitted"] = example.probability
        for name, probability in said.items():
            self.measures[name].update(probability, example.label, at)

    def is_ready(self) -> bool:
        """Whether the model may speak: enough labels of both outcomes, and a lower log loss.

        The margin is needed because the model is judged when a label matures: it then knows labels
        whose horizon overlaps, which it did not know when the prediction was due.
        """
        labels, positives = self.model.labels, self.positives
        least = self.policy.model.min_labels / 40
        if labels < self.policy.model.min_labels or min(positives, labels - positives) < least:
            return False
        model, prior = (self.measures[name].report().log_loss for name in ("model", "prior"))
        margin = self.policy.model.margin
        return model is not None and prior is not None and model < prior - margin

    def _follow(self, features: Mapping[str, float]) -> None:
        """Move the reference towards the population: a running mean, later an exponential one."""
        step = max(REFERENCE_WEIGHT, 1 / self.model.labels)
        reference = self.reference
        for name in reference.keys() - features.keys():
            reference[name] -= step * reference[name]
        for name, value in features.items():
            before = reference.get(name, 0.0)
            reference[name] = before + step * (value - before)
