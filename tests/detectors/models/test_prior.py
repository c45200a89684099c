"""BG/NBD's closed form against numerical integration of the model's definition."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad  # type: ignore[import-untyped]

from detectors.models.prior import BgNbd, log_odds_of

MODELS = [BgNbd(), BgNbd(r=1.3, alpha=12.0, a=2.0, b=1.5), BgNbd(r=0.7, alpha=80.0, a=0.4, b=6.0)]
COUNTS = [
    (0, 0.0, 5.0),
    (0, 0.0, 400.0),
    (1, 30.0, 31.0),
    (1, 30.0, 300.0),
    (4, 90.0, 100.0),
    (9, 200.0, 365.0),
    (2, 50.0, 50.0),
]


def integral(value: Callable[[float], float], end: float) -> float:
    return float(quad(value, 0.0, end, limit=400, epsabs=0.0, epsrel=1e-10)[0])


def rate_integral(model: BgNbd, repeats: int, days: float) -> float:
    """∫ λ^x e^(−λ·days) Gamma(λ; r, α) dλ without its constant; λ = u^(1/r) tames the origin."""

    def value(u: float) -> float:
        rate = u ** (1.0 / model.r)
        return float(rate**repeats * math.exp(-rate * (model.alpha + days)) / model.r)

    peak = (40.0 + 8.0 * (model.r + repeats)) / (model.alpha + days)
    return integral(value, peak**model.r)


def leave_integral(model: BgNbd, stays: int, leaves: int) -> float:
    """∫ (1−p)^stays p^leaves Beta(p; a, b) dp without its constant; p = u^(1/a)."""

    def value(u: float) -> float:
        p = u ** (1.0 / model.a)
        return float((1.0 - p) ** (stays + model.b - 1.0) * p**leaves / model.a)

    return integral(value, 1.0)


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("horizon", [1.0, 60.0, 365.0])
def test_silence_equals_the_integral_over_rates_and_dropout(
    model: BgNbd, counts: tuple[int, float, float], horizon: float
) -> None:
    repeats, last, age = counts
    present = leave_integral(model, repeats, 0)
    alive = present * rate_integral(model, repeats, age)
    quiet = present * rate_integral(model, repeats, age + horizon)
    left = 0.0
    if repeats > 0:
        left = leave_integral(model, repeats - 1, 1) * rate_integral(model, repeats, last)
    assert model.alive(*counts) == pytest.approx(alive / (alive + left), rel=1e-6)
    expected = (quiet + left) / (alive + left)
    assert model.silence(*counts, horizon) == pytest.approx(expected, rel=1e-6)


parameters = st.floats(0.01, 300.0)
models = st.builds(BgNbd, r=parameters, alpha=parameters, a=parameters, b=parameters)


@given(models, st.integers(0, 5_000), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4))
def test_it_is_a_probability_everywhere(
    model: BgNbd, repeats: int, last: float, since: float, horizon: float
) -> None:
    counts = (repeats, last, last + since)
    silence = model.silence(*counts, horizon)
    assert 0.0 <= silence <= 1.0
    assert model.silence(*counts, 0.0) == 1.0
    assert model.silence(*counts, horizon + 1.0) <= silence
    assert -12.0 <= model.silence_log_odds(*counts, horizon) <= 12.0


@given(models, st.integers(1, 50), st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 1e3))
def test_the_longer_the_silence_the_less_alive(
    model: BgNbd, repeats: int, last: float, since: float, more: float
) -> None:
    assert model.alive(repeats, last, last + since + more) <= model.alive(
        repeats, last, last + since
    ) * (1.0 + 1e-12)


def test_the_defaults_are_the_published_estimates_in_days() -> None:
    assert BgNbd().alpha == pytest.approx(4.414 * 7.0)


@pytest.mark.parametrize(
    "counts", [(-1, 0.0, 1.0), (1, 2.0, 1.0), (1, -1.0, 1.0), (1, 0.0, math.nan)]
)
def test_impossible_counts_are_refused(counts: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="they must satisfy"):
        BgNbd().alive(*counts)


@pytest.mark.parametrize("horizon", [-1.0, math.inf, math.nan])
def test_an_impossible_horizon_is_refused(horizon: float) -> None:
    with pytest.raises(ValueError, match="horizon is"):
        BgNbd().silence(0, 0.0, 1.0, horizon)


@pytest.mark.parametrize("name", ["r", "alpha", "a", "b"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_impossible_parameters_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"parameter {name} is"):
        BgNbd(**{name: value})


@given(st.floats(1e-5, 1.0 - 1e-5))
def test_log_odds_invert_the_probability(probability: float) -> None:
    back = 1.0 / (1.0 + math.exp(-log_odds_of(probability)))
    assert back == pytest.approx(probability, rel=1e-9)


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan])
def test_only_probabilities_have_log_odds(probability: float) -> None:
    with pytest.raises(ValueError, match="give a number from 0 to 1"):
        log_odds_of(probability)
