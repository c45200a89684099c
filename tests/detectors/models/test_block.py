"""A block of labels learned at once: Laplace's approximation, safe and blind to the order."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from detectors.models.block import _by_odds, _by_weights, block_step, log_losses, sigmoids
from detectors.models.laplace import sigmoid
from detectors.models.logistic import SecondOrderLogistic
from tests.detectors.models.streams import NAMES, any_value, labelled, simulated

Vector = NDArray[np.float64]
Stream = list[tuple[dict[str, float], bool]]


def problem(
    rows: int, columns: int, seed: int = 3, scale: float = 1.0
) -> tuple[Vector, Vector, Vector, NDArray[np.bool_]]:
    """Mean, covariance, design and labels of a random block."""
    generator = np.random.default_rng(seed)
    design = generator.normal(size=(rows, columns)) * scale
    design[:, 0] = 1.0
    factor = generator.normal(size=(columns, columns))
    covariance = factor @ factor.T / columns
    return (
        generator.normal(size=columns),
        0.5 * (covariance + covariance.T),
        design,
        generator.random(rows) < 0.4,
    )


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 6), (7, 3), (60, 6)])
def test_the_mode_is_where_an_independent_optimiser_finds_it(rows: int, columns: int) -> None:
    mean, covariance, design, labels = problem(rows, columns)
    precision = np.linalg.inv(covariance)

    def loss(weights: Vector) -> float:
        gap = weights - mean
        return float(0.5 * gap @ precision @ gap + log_losses(design @ weights, labels).sum())

    def slope(weights: Vector) -> Vector:
        misses = sigmoids(design @ weights) - labels
        return np.asarray(precision @ (weights - mean) + design.T @ misses)

    best = minimize(loss, mean, jac=slope, method="BFGS", options={"gtol": 1e-9}).x
    found, learned = block_step(mean, covariance, design, labels)
    assert found == pytest.approx(best, abs=1e-5)
    rates = sigmoids(design @ found)
    expected = np.linalg.inv(precision + (design.T * (rates * (1 - rates))) @ design)
    assert learned == pytest.approx(expected, abs=1e-6)


@given(labelled(any_value, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_a_block_changes_no_bit(stream: Stream, random: Any) -> None:
    one, other = SecondOrderLogistic(), SecondOrderLogistic()
    one.learn_block([x for x, _ in stream], [y for _, y in stream])
    shuffled = random.sample(stream, len(stream))
    other.learn_block([x for x, _ in shuffled], [y for _, y in shuffled])
    assert one.to_json() == other.to_json()


@given(labelled(max_size=10))
def test_a_block_of_one_is_learned_as_a_single_label(stream: Stream) -> None:
    single, block = SecondOrderLogistic(), SecondOrderLogistic()
    for x, y in stream:
        single.learn_one(x, y)
        block.learn_block([x], [y])
    for x, _ in stream:
        assert block.log_odds(x) == pytest.approx(single.log_odds(x), abs=1e-5)
        assert block.uncertainty(x) == pytest.approx(single.uncertainty(x), rel=1e-3, abs=1e-6)


def test_a_block_finds_the_weights_of_a_known_model() -> None:
    model = SecondOrderLogistic()
    stream = list(simulated(4_000))
    for start in range(0, len(stream), 200):
        block = stream[start : start + 200]
        model.learn_block([x for x, _ in block], [y for _, y in block])
    assert model.labels == 4_000
    assert model.intercept == pytest.approx(-0.5, abs=0.15)
    found = [model.weight(name) for name in NAMES]
    assert found == pytest.approx([1.0, -2.0, 0.5, 0.0, 0.0], abs=0.2)


def test_rows_and_matrix_say_the_same() -> None:
    stream = list(simulated(50))
    matrix = np.array([[x[name] for name in NAMES] for x, _ in stream])
    labels = [y for _, y in stream]
    by_rows, by_matrix = SecondOrderLogistic(), SecondOrderLogistic()
    by_rows.learn_block([x for x, _ in stream], labels)
    by_matrix.learn_matrix(NAMES, matrix, np.array(labels))
    assert by_rows.to_json() == by_matrix.to_json()
    odds = by_matrix.log_odds_many(NAMES, matrix)
    assert odds == pytest.approx([by_rows.log_odds(x) for x, _ in stream], abs=1e-12)


def test_the_log_odds_of_a_row_do_not_depend_on_the_others() -> None:
    model = SecondOrderLogistic()
    stream = list(simulated(64))
    model.learn_block([x for x, _ in stream], [y for _, y in stream])
    matrix = np.array([[x[name] for name in NAMES] for x, _ in stream])
    together = model.log_odds_many(NAMES, matrix)
    alone = [model.log_odds_many(NAMES, row[None, :])[0] for row in matrix]
    assert together.tolist() == alone


HOSTILE: dict[str, tuple[Vector, list[bool]]] = {
    "huge and separable": (
        np.array([[1e12, 1.0]] * 100 + [[-1e12, 1.0]] * 100),
        [True, False] * 100,
    ),
    "one class": (np.ones((500, 2)), [True] * 500),
    "constant": (np.full((200, 2), 6.0), [True, False] * 100),
    "collinear": (np.repeat(np.linspace(-6.0, 6.0, 200)[:, None], 2, axis=1), [True, False] * 100),
    "all zero": (np.zeros((200, 2)), [False] * 200),
    "tiny": (np.full((50, 2), 5e-324), [True] * 50),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_block_leaves_everything_finite_and_the_covariance_positive(name: str) -> None:
    matrix, labels = HOSTILE[name]
    model = SecondOrderLogistic(prior_variance=100.0, intercept_variance=100.0)
    for _ in range(5):
        model.learn_matrix(["a", "b"], matrix, labels)
        model.advance(1.0)
    odds = model.log_odds_many(["a", "b"], matrix)
    assert np.isfinite(odds).all()
    covariance = model._covariance
    assert np.isfinite(covariance).all()
    assert (covariance == covariance.T).all()
    assert np.linalg.eigvalsh(covariance).min() > -1e-9
    assert (np.diag(covariance) <= 100.0 * (1.0 + 1e-9)).all()


@settings(max_examples=30)
@given(
    st.integers(1, 40),
    st.integers(1, 8),
    st.integers(0, 1_000),
    st.sampled_from([1e-3, 1.0, 30.0, 1e3]),
)
def test_the_search_ends_where_the_slope_is_flat(
    rows: int, columns: int, seed: int, scale: float
) -> None:
    mean, covariance, design, labels = problem(rows, columns, seed, scale)
    covariance += 0.1 * np.eye(columns)
    found, learned = block_step(mean, covariance, design, labels)
    pull = np.linalg.solve(covariance, found - mean)
    slope = pull + design.T @ (sigmoids(design @ found) - labels)
    # Half the squared decrement: what is left to gain, in nats.
    assert 0.5 * float(slope @ learned @ slope) < 1e-3


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 9), (8, 9), (9, 9), (30, 9)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_a_search_among_log_odds_ends_where_one_among_weights_does(
    rows: int, columns: int, scale: float
) -> None:
    mean, covariance, design, labels = problem(rows, columns, scale=scale)
    covariance += 0.1 * np.eye(columns)
    odds = design @ mean
    step, learned = _by_odds(covariance, design, odds, labels)
    other_step, other_learned = _by_weights(covariance, design, odds, labels)
    assert step == pytest.approx(other_step, rel=1e-6, abs=1e-9)
    assert learned == pytest.approx(other_learned, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("value", [1e12, 1.0, 0.0, 5e-324])
def test_few_hostile_labels_of_many_features_leave_the_covariance_positive(value: float) -> None:
    names = [f"feature-{number}" for number in range(12)]
    model = SecondOrderLogistic(prior_variance=100.0, intercept_variance=100.0)
    for labels in ([True, False], [True, True], [False]):
        for _ in range(20):
            model.learn_matrix(names, np.full((len(labels), len(names)), value), labels)
    covariance = model._covariance
    assert (covariance == covariance.T).all()
    assert np.linalg.eigvalsh(covariance).min() > -1e-6
    assert np.isfinite(model.log_odds_many(names, np.full((1, len(names)), value))).all()


def test_an_empty_block_changes_nothing() -> None:
    model = SecondOrderLogistic()
    before = model.to_json()
    model.learn_block([], [])
    model.learn_matrix(["a"], np.zeros((0, 1)), [])
    assert model.to_json() == before


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_matrix_with_a_value_that_is_not_finite_is_refused_and_not_learned(bad: float) -> None:
    model = SecondOrderLogistic()
    with pytest.raises(ValueError, match=r"feature 'b' is .*: give a finite number"):
        model.learn_matrix(["a", "b"], [[1.0, bad]], [True])
    with pytest.raises(ValueError, match="feature 'b'"):
        model.learn_block([{"a": 1.0}, {"b": bad}], [True, False])
    assert model.features == ()


@pytest.mark.parametrize(
    ("names", "matrix", "labels", "message"),
    [
        (["a"], [[1.0, 2.0]], [True], "has not 1 columns"),
        (["a", "a"], [[1.0, 2.0]], [True], "named twice"),
        (["a"], [[1.0]], [True, False], "2 labels for 1 rows"),
        (["a"], [[1.0]], [2], "label is 2: give True or False"),
        (["a"], [[1.0]], [None], "label is None: give True or False"),
    ],
)
def test_a_block_that_does_not_fit_is_refused(
    names: list[str], matrix: list[list[float]], labels: list[Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        SecondOrderLogistic().learn_matrix(names, matrix, labels)


@given(st.floats(-800.0, 800.0))
def test_many_probabilities_are_those_of_one(log_odds: float) -> None:
    assert sigmoids(np.array([log_odds]))[0] == pytest.approx(sigmoid(log_odds), rel=1e-12)
