"""The second-order logistic model against Laplace's formula applied naively."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from river import linear_model, metrics

from detectors.models.logistic import SecondOrderLogistic
from detectors.models.packing import unpacked
from tests.detectors.models.streams import NAMES, any_value, features, labelled, simulated

Vector = NDArray[np.float64]
Stream = list[tuple[dict[str, float], bool]]


class Oracle:
    """A batch of one after the other: full Newton steps on all the weights, precision inverted."""

    def __init__(self, prior_variance: float, drift: float, intercept_drift: float) -> None:
        size = len(NAMES) + 1
        self.mean: Vector = np.zeros(size)
        self.covariance: Vector = np.eye(size) * prior_variance
        self.prior_variance = prior_variance
        self.drift = np.array([intercept_drift] + [drift] * len(NAMES))

    def vector(self, x: dict[str, float]) -> Vector:
        return np.array([1.0] + [x.get(name, 0.0) for name in NAMES])

    def learn(self, x: dict[str, float], y: bool) -> None:
        h, precision = self.vector(x), np.linalg.inv(self.covariance)
        weights: Vector = self.mean.copy()
        for _ in range(60):
            rate = 1.0 / (1.0 + math.exp(-float(h @ weights)))
            gradient = precision @ (weights - self.mean) - h * (y - rate)
            hessian = precision + rate * (1.0 - rate) * np.outer(h, h)
            step = np.linalg.solve(hessian, gradient)
            weights -= step * min(1.0, 2.0 / (1e-12 + abs(float(h @ step))))
        rate = 1.0 / (1.0 + math.exp(-float(h @ weights)))
        self.mean = weights
        learned = precision + rate * (1.0 - rate) * np.outer(h, h)
        self.covariance = np.linalg.inv(learned).astype(np.float64)

    def advance(self, days: float) -> None:
        for place in range(len(self.mean)):
            given_back = self.covariance[place, place] + self.drift[place] * days
            self.covariance[place, place] = min(given_back, self.prior_variance)


@given(
    labelled(),
    features(),
    st.floats(0.05, 4.0),
    st.sampled_from([0.0, 1e-4, 0.1]),
    st.sampled_from([0.0, 1e-3, 0.1]),
)
def test_it_equals_the_naive_laplace_update(
    stream: Stream, probe: dict[str, float], variance: float, drift: float, intercept: float
) -> None:
    oracle = Oracle(variance, drift, intercept)
    model = SecondOrderLogistic(
        prior_variance=variance,
        intercept_variance=variance,
        drift=drift,
        intercept_drift=intercept,
    )
    for x, y in stream:
        for either in (oracle, model):
            either.advance(1.5)
        oracle.learn(x, y)
        model.learn_one(x, y)
    h = oracle.vector(probe)
    assert model.log_odds(probe) == pytest.approx(float(h @ oracle.mean), rel=1e-5, abs=1e-5)
    expected = float(h @ oracle.covariance @ h)
    assert model.uncertainty(probe) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@given(labelled(any_value))
def test_the_covariance_stays_symmetric_and_positive(stream: Stream) -> None:
    model = SecondOrderLogistic()
    for x, y in stream:
        model.learn_one(x, y)
        covariance = model._covariance
        assert (covariance == covariance.T).all()
        assert np.linalg.eigvalsh(covariance).min() > -1e-12
        assert (np.diag(covariance) <= 1.0 + 1e-12).all()


def test_a_long_stream_keeps_the_covariance_positive() -> None:
    model = SecondOrderLogistic(drift=0.0, intercept_drift=0.0)
    for x, y in simulated(5_000):
        # Two features that say the same, and one nearly the same.
        model.learn_one({**x, "twin": x["gap"], "near": x["gap"] + 1e-6 * x["recency"]}, y)
    covariance = model._covariance
    assert (covariance == covariance.T).all()
    assert np.linalg.eigvalsh(covariance).min() > 0.0


def test_it_finds_the_weights_of_a_known_model() -> None:
    model = SecondOrderLogistic()
    for x, y in simulated(4_000):
        model.learn_one(x, y)
    assert model.intercept == pytest.approx(-0.5, abs=0.15)
    found = [model.weight(name) for name in NAMES]
    assert found == pytest.approx([1.0, -2.0, 0.5, 0.0, 0.0], abs=0.2)


def test_one_pass_beats_stochastic_gradient_descent() -> None:
    log_loss: Any = metrics.LogLoss  # River's metrics are not annotated
    ours, theirs = log_loss(), log_loss()
    model = SecondOrderLogistic()
    descent: Any = linear_model.LogisticRegression()
    for x, y in simulated(600):
        ours.update(y, model.predict_proba_one(x))
        theirs.update(y, descent.predict_proba_one(dict(x)))
        model.learn_one(x, y)
        descent.learn_one(dict(x), y)
    assert ours.get() < theirs.get()


def test_drift_lets_it_follow_a_world_that_turns() -> None:
    def error(drift: float) -> float:
        model = SecondOrderLogistic(drift=drift, intercept_drift=drift)
        stream = list(simulated(1_500))
        for x, y in stream:
            model.advance(1.0)
            model.learn_one(x, y)
        for x, y in stream[:300]:
            model.advance(1.0)
            model.learn_one(x, not y)
        return sum(abs(model.predict_proba_one(x)[True] - (not y)) for x, y in stream[300:600])

    assert error(1e-2) < 0.8 * error(0.0)


def test_before_any_label_the_prior_speaks_alone() -> None:
    model = SecondOrderLogistic(prior_mean={"prior_logit": 1.0})
    x = {"prior_logit": 0.75, "recency": 3.0}
    assert model.log_odds(x) == 0.75
    assert model.contributions(x) == {"prior_logit": 0.75, "recency": 0.0}
    assert SecondOrderLogistic(prior_intercept=-1.5).log_odds(x) == -1.5


def test_a_feature_without_a_weight_adds_its_prior_to_the_uncertainty() -> None:
    model = SecondOrderLogistic(prior_variance=0.5)
    assert model.uncertainty({}) == 1.0
    assert model.uncertainty({"recency": 2.0}) == 1.0 + 0.5 * 4.0
    model.learn_one({"recency": 0.0}, True)
    assert model.uncertainty({"recency": 2.0}) == pytest.approx(model.uncertainty({}) + 2.0)


def test_a_missing_feature_counts_as_zero() -> None:
    model = SecondOrderLogistic()
    for x, y in simulated(50):
        model.learn_one(x, y)
    assert model.log_odds({"gap": 1.0}) == model.log_odds({"gap": 1.0, "recency": 0.0})


def test_features_beyond_the_maximum_are_ignored_and_contribute_nothing() -> None:
    model = SecondOrderLogistic(max_features=2)
    model.learn_one({"c": 1.0, "b": 1.0, "a": 1.0}, True)
    assert model.features == ("a", "b")
    for _ in range(5):
        model.learn_one({"c": 5.0}, False)
    assert model.weight("c") == 0.0
    assert model.contributions({"c": 9.0}) == {"c": 0.0}
    assert model.log_odds({"a": 1.0, "c": 9.0}) == model.log_odds({"a": 1.0})
    assert model.uncertainty({"a": 1.0, "c": 9.0}) == model.uncertainty({"a": 1.0})


def test_values_beyond_the_limit_count_as_the_limit() -> None:
    model = SecondOrderLogistic()
    model.learn_one({"recency": 1.0}, True)
    assert model.log_odds({"recency": 1e300}) == model.log_odds({"recency": 1_000.0})
    assert model.log_odds({"recency": -1e300}) == model.log_odds({"recency": -1_000.0})


def test_returned_variance_never_exceeds_the_prior() -> None:
    model = SecondOrderLogistic(prior_variance=0.1, intercept_variance=2.0)
    for x, y in simulated(100):
        model.learn_one(x, y)
    model.advance(1e6)
    model.learn_one({}, True)
    weights = np.diag(model._covariance)[1:]
    assert 0.09 < weights.min() <= weights.max() <= 0.1  # all of it, less what the label told
    assert 0.5 < model._covariance[0, 0] < 2.0


def test_a_day_with_few_labels_gives_little_variance_back() -> None:
    def after(labels: int) -> float:
        model = SecondOrderLogistic(prior_variance=0.1)
        for _ in range(100):
            model.advance(1.0)
            model.learn_block([{"late": 1.0}, {"late": -1.0}] * 50, [True, False] * 50)
        before = model._covariance[1, 1]
        model.advance(10.0)
        model.learn_block([{}] * labels, [True] * labels)
        return float(model._covariance[1, 1] - before)

    assert after(1000) == pytest.approx(10.0 * SecondOrderLogistic().drift, rel=0.01)
    assert after(10) == pytest.approx(0.1 * SecondOrderLogistic().drift, rel=0.3)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"prior_variance": 0.0}, "prior_variance is 0.0"),
        ({"intercept_variance": math.nan}, "intercept_variance is nan"),
        ({"drift": -1.0}, "drift is -1.0"),
        ({"intercept_drift": math.inf}, "intercept_drift is inf"),
        ({"prior_mean": {"a": 1.0}, "max_features": 0}, "max_features is 0"),
    ],
)
def test_impossible_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SecondOrderLogistic(**parameters)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": [0.0]}, "2 features and 1 means"),
        ({"features": ["a", "a"]}, "2 features and 3 means"),
        ({"covariance": [1.0]}, "1 covariances for 2 features"),
        ({"mean": [0.0, math.nan, 0.0]}, "not finite"),
    ],
)
def test_a_broken_snapshot_is_refused(change: dict[str, Any], message: str) -> None:
    model = SecondOrderLogistic()
    model.learn_one({"a": 1.0, "b": 1.0}, True)
    with pytest.raises(ValueError, match=message):
        SecondOrderLogistic.from_json({**model.to_json(), **change})


def test_a_snapshot_with_a_part_missing_is_refused() -> None:
    content = SecondOrderLogistic().to_json()
    del content["mean"], content["drift"]
    with pytest.raises(ValueError, match="model lacks drift, mean"):
        SecondOrderLogistic.from_json(content)


def test_a_snapshot_is_compact() -> None:
    model = SecondOrderLogistic()
    model.learn_one({f"feature {number}": 1.0 for number in range(28)}, True)
    covariance = model.to_json()["covariance"]
    assert len(unpacked(covariance)) == 29 * 30 // 2
    assert len(covariance) < 11 * 29 * 30 // 2


def test_a_snapshot_with_the_covariance_as_a_list_is_read() -> None:
    model = SecondOrderLogistic()
    model.learn_one({"a": 1.0, "b": -0.3}, True)
    content = model.to_json()
    older = {
        **content,
        "format": "second-order-logistic/2",
        "covariance": unpacked(content["covariance"]).tolist(),
    }
    assert SecondOrderLogistic.from_json(json.loads(json.dumps(older))).to_json() == content
