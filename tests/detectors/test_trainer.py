"""The trainer: when it learns, when it publishes, and who speaks."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.durations import DAY
from detectors.effects import Message
from detectors.models.laplace import sigmoid
from detectors.policy import Policy
from detectors.trainer import Trainer
from detectors.trainers import Trainers
from schemas.model_event import ModelEvent
from schemas.training_example import TrainingExample
from tests.detectors.builders import moment, on, policy_of
from tests.detectors.models.ensembles import rows_of
from tests.laws.stage import payload_of

POLICY = policy_of(model={"min_labels": 40}, churn={"horizon": "10d"})


def example(
    number: int, features: dict[str, float], label: bool, **fields: object
) -> TrainingExample:
    """One of ten a day, matured at the day's end."""
    at = on(number // 10)
    values: dict[str, object] = {
        "example_id": f"e{number}",
        "customer_id": f"c{number:06}",
        "partition": 0,
        "at": moment(at),
        "matured_at": moment(at + 10 * DAY),
        "target": "silence",
        "horizon_days": 10,
        "features": features,
        "label": label,
        "probability": 0.5,
    }
    return TrainingExample(**{**values, **fields})  # type: ignore[arg-type]


def learnable(count: int, prior: float, seed: int = 3) -> Iterator[TrainingExample]:
    """Labels that follow one feature, with a prior that always says `prior` (log-odds)."""
    generator = np.random.default_rng(seed)
    for number, x in enumerate(generator.normal(size=count).tolist()):
        label = bool(generator.random() < sigmoid(2 * x))
        yield example(number, {"prior_logit": prior, "recency": x}, label)


def taught(examples: Sequence[TrainingExample], policy: Policy = POLICY) -> Trainer:
    """A trainer that has learned all of these."""
    trainer = Trainer(policy)
    for number, item in enumerate(examples):
        trainer.take_in(number, item)
    trainer.complete()
    return trainer


def wire(trainer: Trainer) -> bytes:
    """All of it; a difference in one long line is not worth a page of output."""
    return msgspec.json.encode(trainer.snapshot())


def events_in(messages: Sequence[Message]) -> list[ModelEvent]:
    return [payload_of(message) for message in messages if message.topic == "model-events"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(Policy(), 1.25), (policy_of(churn={"definition": "cancellation"}), 1.25 + np.log(1 / 9))],
)
def test_it_starts_with_what_the_prior_says(policy: Policy, expected: float) -> None:
    said = Trainer(policy).ensemble.say(rows_of({"prior_logit": 1.25, "recency": 3.0}))
    assert said["prior"][0] == said["linear"][0] == pytest.approx(expected)


def test_the_blend_takes_over_with_labels_enough_when_it_is_better() -> None:
    examples = list(learnable(300, prior=1.5))
    assert taught(examples[: POLICY.model.min_labels - 10]).ensemble.speaker == "prior"
    trainer = taught(examples)
    assert trainer.ensemble.speaker == "blend"
    blend, prior = (trainer.quality.report(name).log_loss for name in ("blend", "prior"))
    assert blend is not None
    assert prior is not None
    assert blend < prior
    (event, *_) = events_in(trainer.publish())
    assert (event.kind, event.subject, event.other) == ("promoted", "blend", "prior")
    assert event.occurred_at < moment(on(31 + 10))
    assert events_in(trainer.publish()) == [], "it is told once"


def test_the_rule_goes_on_speaking_while_it_is_better() -> None:
    """A prior that knows every label beforehand."""
    labels = [number % 3 == 0 for number in range(400)]
    trainer = taught(
        [
            example(n, {"prior_logit": 6.0 if label else -6.0, "noise": (n * 7 % 11) / 2}, label)
            for n, label in enumerate(labels)
        ]
    )
    assert trainer.ensemble.speaker == "prior"
    assert not trainer.snapshot().ready


def test_nobody_takes_over_with_one_outcome_only() -> None:
    trainer = taught([example(number, {"prior_logit": 1.0}, True) for number in range(200)])
    assert (trainer.ensemble.labels, trainer.positives) == (200, 200)
    assert trainer.ensemble.speaker == "prior"


def test_it_measures_before_it_learns() -> None:
    trainer = taught([example(1, {"prior_logit": 0.0}, True, probability=0.25)])
    reports = trainer.quality.reports()
    assert reports["emitted"].brier == pytest.approx(0.75**2, abs=1e-3)
    assert reports["blend"].brier == reports["prior"].brier == pytest.approx(0.25)


def test_what_was_not_given_out_is_not_measured_as_if_it_were() -> None:
    trainer = taught([example(1, {"prior_logit": 0.0}, True, probability=None)])
    assert trainer.quality.report("emitted").count == 0
    assert trainer.quality.report("prior").count == 1


def test_without_measures_the_models_are_the_same() -> None:
    snapshots = []
    for measures in (True, False):
        trainer = Trainer(POLICY, measures=measures)
        for number, item in enumerate(learnable(600, prior=-0.5)):
            trainer.take_in(number, item)
        trainer.complete()
        snapshots.append(trainer.snapshot())
    told, silent = snapshots
    assert told.metrics
    assert not silent.metrics
    assert (told.version, told.model) == (silent.version, silent.model)
    assert told.reference == silent.reference


def test_of_a_target_without_kept_probabilities_it_measures_what_the_speaker_says_first() -> None:
    """By segment, and its loss is watched, as of any other target."""
    trainer = taught([example(1, {"prior_logit": 0.0}, True, probability=None, segment="gold")])
    report = trainer.snapshot().metrics["spoken"]
    assert report["report"]["brier"] == report["segments"]["gold"]["brier"] == 0.25
    assert "log_loss" in trainer.drift.names
    known = taught([example(1, {"prior_logit": 0.0}, True, probability=0.25)])
    assert "spoken" not in known.snapshot().metrics


def test_it_publishes_at_most_once_an_interval_of_event_time() -> None:
    policy = policy_of(model={"snapshot_interval": "2d"}, churn={"horizon": "10d"})
    trainers = Trainers(policy)
    published: list[Any] = [
        payload_of(message)
        for item in learnable(100, prior=0.0)
        for message in trainers.learn([item])
    ]
    times = [item.as_of.timestamp() for item in published]
    assert len(times) == 5
    assert all(later - earlier >= 2 * DAY for earlier, later in pairwise(times))
    assert [item.labels for item in published] == sorted(item.labels for item in published)
    assert all(item.target == "silence" and item.horizon_days == 10 for item in published)
    assert len({item.version for item in published}) == len(published)


def test_examples_of_another_target_teach_nothing() -> None:
    trainer = taught([example(1, {"recency": 1.0}, True, target="cancellation")])
    assert (trainer.ensemble.labels, trainer.ignored) == (0, 1)


def test_each_partition_has_its_own_mark() -> None:
    first, second = (example(5, {"recency": 1.0}, True, partition=number) for number in (0, 1))
    trainer = taught([first, second, first, second])
    assert (trainer.ensemble.labels, trainer.ignored) == (2, 2)


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_interleaving_of_partitions_within_a_day_changes_no_bit(random: Any) -> None:
    """Each partition sends its examples in order; the topic mixes them as it likes."""
    lanes: dict[tuple[int, int], list[TrainingExample]] = {}
    for number, item in enumerate(learnable(90, prior=0.5)):
        lane = number % 3
        item.partition = lane
        lanes.setdefault((number // 10, lane), []).append(item)
    mixed: list[TrainingExample] = []
    for day in range(9):
        today = [lanes[day, lane] for lane in (0, 1, 2)]
        while any(today):
            mixed.append(random.choice([lane for lane in today if lane]).pop(0))
    steady = sorted(mixed, key=lambda item: (item.matured_at, item.customer_id))
    assert wire(taught(mixed)) == wire(taught(steady))


def test_a_day_is_learned_once_every_partition_has_left_it_behind() -> None:
    trainer = Trainer(POLICY)
    for number, (lane, day) in enumerate([(0, 0), (1, 0), (0, 1)]):
        trainer.take_in(number, example(day * 10 + lane, {"recency": 1.0}, True, partition=lane))
    assert (trainer.ensemble.labels, trainer.first_open) == (0, 0)
    trainer.take_in(3, example(11, {"recency": 1.0}, False, partition=1))
    assert (trainer.ensemble.labels, trainer.first_open) == (2, 2)


def test_a_partition_that_stands_still_is_not_waited_for_long() -> None:
    trainer = Trainer(POLICY)
    trainer.take_in(0, example(0, {"recency": 1.0}, True, partition=1))
    for day in range(4):
        trainer.take_in(day + 1, example(day * 10, {"recency": 1.0}, True))
    assert trainer.first_open == 3, "days 0 and 1 were learned"
    trainer.take_in(5, example(12, {"recency": 2.0}, False, partition=1))
    trainer.complete()
    assert trainer.ensemble.labels == 6, "what comes late is learned all the same"


@settings(max_examples=20)
@given(st.integers(0, 120), st.integers(1, 40))
def test_after_a_failure_it_goes_on_from_what_the_snapshots_contain(cut: int, size: int) -> None:
    examples = list(learnable(120, prior=0.5))
    whole, before, after = (Trainers(POLICY) for _ in range(3))
    whole.learn(examples)
    published: list[Message] = []
    for start in range(0, cut, size):
        published += before.learn(examples[start : min(start + size, cut)])
    for message in published:
        if message.topic == "model-snapshots":
            after.restore(payload_of(message))
    after.learn(examples[before.contained :])
    for trainers in (whole, after):
        trainers.complete()
    target = POLICY.target
    assert wire(after[target]) == wire(whole[target])


def test_time_gives_variance_back() -> None:
    items = list(learnable(60, prior=0.0))
    early, late = (
        taught([*items, example(day * 10, {"prior_logit": 0.0}, True)]).ensemble.experts["linear"]
        for day in (7, 6_000)
    )
    x = items[0].features
    assert late.model.uncertainty(x) > early.model.uncertainty(x)  # type: ignore[attr-defined]


def test_the_reference_is_the_mean_of_the_population() -> None:
    items = list(learnable(200, prior=0.75))
    trainer = taught(items)
    assert trainer.reference["prior_logit"] == pytest.approx(0.75)
    mean = sum(item.features["recency"] for item in items) / len(items)
    assert trainer.reference["recency"] == pytest.approx(mean, abs=0.02)


def test_the_reference_counts_the_share_of_a_category() -> None:
    plans = [{"plan=gold": 1.0}, {"recency": 1.0}, {"number:age": 3.0}]
    trainer = taught([example(n, plans[n % 3], n % 2 == 0) for n in range(90)])
    assert trainer.reference["plan=gold"] == pytest.approx(1 / 3, abs=0.05)
    assert trainer.reference["number:age"] == pytest.approx(1.0, abs=0.15)


def test_a_base_rate_that_moved_is_told() -> None:
    generator = np.random.default_rng(5)
    examples = [
        example(n, {"prior_logit": 0.0}, bool(generator.random() < (0.3 if n < 1_000 else 0.7)))
        for n in range(1_300)
    ]
    told = events_in(taught(examples).publish())
    moved = [event for event in told if event.subject == "base_rate"]
    assert moved
    assert moved[0].kind == "drift"
    assert "base rate rose from 0.3" in moved[0].text


def test_another_list_of_river_s_models_is_taken_up_after_a_restart() -> None:
    path = "river.linear_model.LogisticRegression"
    examples = list(learnable(200, prior=1.5))
    snapshot = taught(examples).snapshot()
    model = {"min_labels": 40, "river": [path]}
    with_river = Trainer(policy_of(model=model, churn={"horizon": "10d"}))
    with_river.restore(snapshot)
    assert path in with_river.ensemble.blend.names
    assert with_river.ensemble.speaker == "blend"
    again = Trainer(POLICY)
    again.restore(with_river.snapshot())
    assert path not in again.ensemble.experts
