"""The scalar step of the online Laplace approximation."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import brentq  # type: ignore[import-untyped]

from detectors.models.laplace import laplace_step, sigmoid


@given(st.floats(allow_nan=False))
def test_sigmoid_is_a_probability_and_symmetric(log_odds: float) -> None:
    assert 0.0 <= sigmoid(log_odds) <= 1.0
    assert sigmoid(log_odds) + sigmoid(-log_odds) == pytest.approx(1.0)


@given(st.floats(-700.0, 700.0))
def test_sigmoid_inverts_the_log_odds(log_odds: float) -> None:
    assert sigmoid(log_odds) == pytest.approx(1.0 / (1.0 + math.exp(-log_odds)), rel=1e-14)


@given(st.floats(-50.0, 50.0), st.floats(0.0, 1e4), st.booleans())
@example(-50.0, 1e4, True)
@example(50.0, 1e4, False)
@example(0.0, 0.0, True)
def test_the_mode_is_where_an_independent_solver_finds_it(
    log_odds: float, variance: float, label: bool
) -> None:
    def slope(a: float) -> float:
        return a - log_odds - variance * (label - sigmoid(a))

    mode = float(brentq(slope, log_odds - variance - 1.0, log_odds + variance + 1.0, xtol=1e-13))
    gradient, curvature = laplace_step(log_odds, variance, label)
    assert gradient == pytest.approx(label - sigmoid(mode), rel=1e-6, abs=1e-9)
    assert curvature == pytest.approx(sigmoid(mode) * sigmoid(-mode), rel=1e-6, abs=1e-9)


@given(st.floats(-1e9, 1e9), st.floats(0.0, 1e9), st.booleans())
def test_any_prior_ends_at_a_mode(log_odds: float, variance: float, label: bool) -> None:
    gradient, curvature = laplace_step(log_odds, variance, label)
    mode = log_odds + variance * gradient
    assert 0.0 <= (gradient if label else -gradient) <= 1.0
    assert 0.0 <= curvature <= 0.25
    if variance <= 1e6 and abs(log_odds) <= 1e6:
        assert label - sigmoid(mode) == pytest.approx(gradient, abs=1e-3)
