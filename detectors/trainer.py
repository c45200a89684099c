"""The trainer: learns a day of matured examples at a time, measures, and publishes snapshots.

Measured first, then learned (prequential: Dawid 1984). Examples of one source partition come in the
order of their maturity, so one mark per partition tells repeats and stragglers: they change
nothing. The partitions are not in step; a day is learned when it is complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, repeat
from math import ceil
from operator import attrgetter
from typing import Any
from zlib import crc32

import numpy as np

from detectors.customer.attributes import is_profile_feature
from detectors.customer.prior_rule import prior_offset
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages.envelope import message
from detectors.messages.notice import model_event
from detectors.models.block import log_losses, log_odds_many, sigmoids
from detectors.models.drift import DriftWatch
from detectors.models.ensemble import Ensemble
from detectors.models.events import drift_event, switch_event
from detectors.models.expert import Labels, Rows
from detectors.models.index import Vector
from detectors.models.quality import QualityWindow
from detectors.models.snapshot import EMITTED, SPOKEN, ensemble_of, make_snapshot
from detectors.policy import Policy
from detectors.targets import Target, target_of
from schemas.model_event import ModelEvent
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample

REFERENCE_WEIGHT = 0.002
"""How fast the reference follows the population: about the last 500 examples count."""
PATIENCE = 2
"""Days by which the newest partition may be ahead before the others are not waited for."""

Mark = list[Any]
"""When an example matured (epoch s) and whose it is: they ascend within a partition."""
_NOTHING: Mark = [0.0, ""]


@dataclass(slots=True)
class _OpenDay:
    """Examples that were taken in and wait for the end of their day."""

    first: int
    """The number of the first of them."""
    examples: list[TrainingExample] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)
    """The last mark of each partition among them."""


class Trainer:
    """The models of one target, their measures, and how far they have learned."""

    def __init__(
        self, policy: Policy, target: Target | None = None, *, measures: bool = True
    ) -> None:
        """`target` is what is learned; by default the first churn target.

        `measures`: whether what was said is measured and watched for drift; the models are the
        same without.
        """
        self.policy = policy
        self._measures = measures
        self.target = target or policy.target
        self.ensemble = Ensemble.new(
            prior_offset(policy, self.target),
            self.target.horizon_days,
            policy.model.river,
            min_labels=policy.model.min_labels,
        )
        self.quality = QualityWindow()
        self.drift = DriftWatch()
        self.reference: dict[str, float] = {}
        self.positives = 0
        self.ignored = 0
        """Repeats and stragglers since the start of this object."""
        self.has_news = False
        """Whether something was learned since the last snapshot."""
        self._taken: dict[str, Mark] = {}
        self._applied: dict[str, Mark] = {}
        self._open: dict[int, _OpenDay] = {}
        self._day = 0
        self._as_of = 0.0
        self._published = 0.0
        self._events: list[ModelEvent] = []

    def restore(self, snapshot: ModelSnapshot) -> None:
        """Go on from a published snapshot. One for another target or horizon is left aside.

        Raises ValueError naming what does not fit.
        """
        if target_of(snapshot) != self.target:
            return
        self.ensemble = ensemble_of(snapshot)
        self.ensemble.adopt(self.policy.model.river, self.policy.model.min_labels)
        self.quality = QualityWindow.from_json(snapshot.watch["quality"])
        self.drift = DriftWatch.from_json(snapshot.watch["drift"])
        self.reference = dict(snapshot.reference)
        self.positives = snapshot.positives
        self._applied = {name: list(mark) for name, mark in snapshot.applied.items()}
        self._taken = dict(self._applied)
        self._as_of = self._published = snapshot.as_of.timestamp()
        self._day = _day_of(self._as_of)

    @property
    def first_open(self) -> int | None:
        """The lowest number of an example that was taken in and not learned yet."""
        return min((waiting.first for waiting in self._open.values()), default=None)

    def take_in(self, number: int, example: TrainingExample) -> None:
        """Take an example that is new; `number`: its place in the order of arrival.

        Days that are complete by it are learned: those that all partitions heard of have left
        behind, or one of them by `PATIENCE` days.
        """
        partition = str(example.partition)
        mark: Mark = [example.matured_at.timestamp(), example.customer_id]
        before = self._taken.get(partition, _NOTHING)
        if (example.target, example.horizon_days) != self._named() or mark <= before:
            self.ignored += 1
            return
        self._taken[partition] = mark
        day = _day_of(mark[0])
        waits_for = max(day, self._day + 1)
        if waits_for not in self._open:
            self._open[waits_for] = _OpenDay(number)
        waiting = self._open[waits_for]
        waiting.examples.append(example)
        waiting.marks[partition] = mark
        if mark[0] > before[0] and day > _day_of(before[0]):
            days = [_day_of(mark[0]) for mark in self._taken.values()]
            self._learn_until(max(min(days), max(days) + 1 - PATIENCE))

    def complete(self) -> None:
        """Learn all that was taken in: the caller knows that no more of these days will come."""
        if self._open:
            self._learn_until(max(self._open) + 1)

    def is_due(self) -> bool:
        """Whether a snapshot is to be published."""
        return self._as_of - self._published >= self.policy.model.snapshot_interval

    def publish(self) -> list[Message]:
        """What happened to the models, and then the snapshot as of now, keyed by target."""
        snapshot = self.snapshot()
        messages = [model_event(event) for event in self._events]
        self._events.clear()
        self._published = self._as_of
        self.has_news = False
        published = message(
            "model-snapshots",
            snapshot,
            key=self.target.name,
            id=f"{self.target.name}-{snapshot.version}",
            at=self._as_of,
        )
        return [*messages, published]

    def snapshot(self) -> ModelSnapshot:
        """All that has been learned and measured, as one value."""
        return make_snapshot(
            self.ensemble,
            self.quality,
            self.drift,
            target=self.target.definition,  # type: ignore[arg-type]
            horizon_days=self.target.horizon_days,
            as_of=datetime.fromtimestamp(self._as_of, UTC),
            positives=self.positives,
            reference=self.reference,
            applied=self._applied,
        )

    def _learn_until(self, day: int) -> None:
        """Learn the open days before `day`."""
        for complete in sorted(number for number in self._open if number < day):
            waiting = self._open.pop(complete)
            self._applied.update(sorted(waiting.marks.items()))
            # In an order of their own: the partitions' interleaving must not change a bit.
            self._learn_day(complete, sorted(waiting.examples, key=attrgetter("example_id")))

    def _learn_day(self, day: int, examples: Sequence[TrainingExample]) -> None:
        """Measure what was said of the examples, then learn them."""
        as_of = (day + 1.0) * DAY
        if self._as_of:
            self.ensemble.advance((as_of - self._as_of) / DAY)
        self._as_of, self._day, self.has_news = as_of, day, True
        rows = _rows_of(examples)
        labels = np.array([example.label for example in examples], dtype=np.bool_)
        segments = [example.segment or "" for example in examples]
        groups = np.array([crc32(example.customer_id.encode()) for example in examples])
        given = _given_out(examples)
        emitted = given.get(EMITTED)
        if self._measures and not given:
            given = {SPOKEN: sigmoids(self.ensemble.log_odds_many(rows, segments))}
        lesson = self.ensemble.learn_day(day, rows, labels, segments, groups, emitted)
        self.positives += int(labels.sum())
        self._follow(rows)
        if self._measures:
            chances = sigmoids(np.array(list(lesson.said.values())))
            said = dict(zip(lesson.said, chances, strict=True))
            self.quality.update(day, {**given, **said}, labels, segments)
            (chances,) = given.values()
            self._watch(day, chances, labels)
        losses = self.ensemble.contest.losses() if lesson.switches else {}
        self._events += [switch_event(switch, losses, *self._named()) for switch in lesson.switches]

    def _watch(self, day: int, given: Vector, labels: Labels) -> None:
        """Tell when the base rate moved, or the loss of what was given out (or else spoken).

        Features and scores are watched as they are scored (`detectors.population`).
        """
        series: dict[str, Vector] = {"base_rate": labels.astype(np.float64)}
        known = np.isfinite(given)
        if known.any():
            series["log_loss"] = log_losses(log_odds_many(given[known]), labels[known])
        self._events += [
            drift_event(drift, *self._named()) for drift in self.drift.update(day, series)
        ]

    def _named(self) -> tuple[Any, int]:
        return self.target.definition, self.target.horizon_days

    def _follow(self, rows: Rows) -> None:
        """Move the reference towards the population: a running mean, later an exponential one."""
        count = len(rows)
        step = max(1.0 - (1.0 - REFERENCE_WEIGHT) ** count, count / self.ensemble.labels)
        present = rows.category_names()
        means = dict(zip(rows.names, rows.matrix.mean(axis=0).tolist(), strict=True))
        means.update(zip(present, rows.one_hot(present).mean(axis=0).tolist(), strict=True))
        for name in sorted(self.reference.keys() | means.keys()):
            before = self.reference.get(name, 0.0)
            self.reference[name] = before + step * (means.get(name, 0.0) - before)


def _day_of(matured_at: float) -> int:
    """The number of the day at whose end a label matures (midnight belongs to the day before)."""
    return ceil(matured_at / DAY) - 1


def _given_out(examples: Sequence[TrainingExample]) -> dict[str, Vector]:
    """The probabilities given out, NaN where none was kept; nothing when none was at all."""
    kept = [item.probability for item in examples]
    if all(probability is None for probability in kept):
        return {}
    return {EMITTED: np.array([np.nan if item is None else item for item in kept])}


def _rows_of(examples: Sequence[TrainingExample]) -> Rows:
    """The features of some examples: numeric ones in columns, those of attributes by name."""
    present: set[str] = set().union(*(example.features for example in examples))
    own = {name for name in present if is_profile_feature(name)}
    names = tuple(sorted(present - own))
    values = (map(item.features.get, names, repeat(0.0)) for item in examples)
    matrix = np.fromiter(chain.from_iterable(values), np.float64, len(examples) * len(names))
    attributes = [
        {name: item.features[name] for name in sorted(own.intersection(item.features))}
        for item in (examples if own else ())
    ]
    return Rows(names, matrix.reshape(len(examples), -1), attributes)
