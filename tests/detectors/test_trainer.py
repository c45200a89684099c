"""The trainer: when it learns, when it publishes, and when the model may speak."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from detectors.durations import DAY
from detectors.models.laplace import sigmoid
from detectors.policy import Policy
from detectors.trainer import Trainer
from schemas.training_example import TrainingExample
from tests.detectors.builders import moment, on, policy_of
from tests.laws.stage import payload_of

POLICY = policy_of(model={"min_labels": 40}, churn={"horizon": "10d"})


def example(
    number: int, features: dict[str, float], label: bool, **fields: object
) -> TrainingExample:
    at = on(number / 10)
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


def test_it_starts_with_what_the_prior_says() -> None:
    trainer = Trainer(Policy())
    assert trainer.model.log_odds({"prior_logit": 1.25, "recency": 3.0}) == 1.25
    cancelling = Trainer(policy_of(churn={"definition": "cancellation"}))
    assert sigmoid(cancelling.model.log_odds({"prior_logit": 0.0})) == pytest.approx(0.1)


def test_it_is_ready_when_it_has_enough_labels_and_beats_the_prior() -> None:
    trainer = Trainer(POLICY)
    for number, item in enumerate(learnable(300, prior=1.5)):
        if number < POLICY.model.min_labels:
            assert not trainer.is_ready()
        trainer.learn([item])
    assert trainer.is_ready()
    model, prior = (trainer.measures[name].report() for name in ("model", "prior"))
    assert model.log_loss is not None
    assert prior.log_loss is not None
    assert model.log_loss < prior.log_loss - POLICY.model.margin


def test_it_is_not_ready_while_the_prior_is_better() -> None:
    """A prior that knows every label beforehand."""
    trainer = Trainer(POLICY)
    for number in range(400):
        label = number % 3 == 0
        features = {"prior_logit": 6.0 if label else -6.0, "noise": (number * 7 % 11) / 2}
        trainer.learn([example(number, features, label)])
    model, prior = (trainer.measures[name].report().log_loss for name in ("model", "prior"))
    assert model is not None
    assert prior is not None
    assert model > prior - POLICY.model.margin
    assert not trainer.is_ready()


def test_it_is_not_ready_with_one_outcome_only() -> None:
    trainer = Trainer(POLICY)
    trainer.learn([example(number, {"prior_logit": 1.0}, True) for number in range(200)])
    assert trainer.model.labels == 200
    assert not trainer.is_ready()


def test_it_measures_before_it_learns() -> None:
    trainer = Trainer(POLICY)
    trainer.learn([example(1, {"prior_logit": 0.0}, True, probability=0.25)])
    reports = {name: measure.report() for name, measure in trainer.measures.items()}
    assert reports["emitted"].brier == pytest.approx(0.75**2)
    assert reports["model"].brier == reports["prior"].brier == pytest.approx(0.25)


def test_it_publishes_at_most_once_an_interval_of_event_time() -> None:
    policy = policy_of(model={"snapshot_interval": "2d"}, churn={"horizon": "10d"})
    trainer = Trainer(policy)
    published = [
        payload_of(message)
        for item in learnable(100, prior=0.0)
        for message in trainer.learn([item])
    ]
    times = [item.as_of.timestamp() for item in published]
    assert len(times) == 5
    assert all(later - earlier >= 2 * DAY for earlier, later in pairwise(times))
    assert [item.labels for item in published] == sorted(item.labels for item in published)
    assert all(item.target == "silence" and item.horizon_days == 10 for item in published)
    assert len({item.version for item in published}) == len(published)


def test_examples_of_another_target_teach_nothing() -> None:
    trainer = Trainer(POLICY)
    trainer.learn([example(1, {"recency": 1.0}, True, target="cancellation")])
    assert (trainer.model.labels, trainer.ignored) == (0, 1)


def test_each_partition_has_its_own_mark() -> None:
    trainer = Trainer(POLICY)
    first, second = (example(5, {"recency": 1.0}, True, partition=number) for number in (0, 1))
    trainer.learn([first, second, first, second])
    assert (trainer.model.labels, trainer.ignored) == (2, 2)


def test_time_gives_variance_back() -> None:
    items = list(learnable(60, prior=0.0))
    trainer = Trainer(POLICY)
    trainer.learn(items)
    sure = trainer.model.uncertainty(items[0].features)
    trainer.learn([example(60_000, {"prior_logit": 0.0}, True)])
    assert trainer.model.uncertainty(items[0].features) > sure


def test_the_reference_is_the_mean_of_the_population() -> None:
    items = list(learnable(200, prior=0.75))
    trainer = Trainer(POLICY)
    trainer.learn(items)
    assert trainer.reference["prior_logit"] == pytest.approx(0.75)
    mean = sum(item.features["recency"] for item in items) / len(items)
    assert trainer.reference["recency"] == pytest.approx(mean, abs=1e-9)
