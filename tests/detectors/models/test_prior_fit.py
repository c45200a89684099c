"""Maximum likelihood for BG/NBD."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.models.prior import BgNbd
from detectors.models.prior_fit import fit, log_likelihood

TRUE = BgNbd(r=0.6, alpha=20.0, a=0.8, b=2.5)


def simulated(count: int = 1_500, age: float = 300.0) -> NDArray[np.float64]:
    """(x, t_x, T) of customers who follow TRUE."""
    generator = np.random.default_rng(7)
    rows = []
    for _ in range(count):
        rate = generator.gamma(TRUE.r, 1.0 / TRUE.alpha)
        leaves = generator.beta(TRUE.a, TRUE.b)
        repeats, last, alive = 0, 0.0, True
        while alive:
            next_one = last + generator.exponential(1.0 / max(rate, 1e-12))
            if next_one > age:
                break
            repeats, last = repeats + 1, next_one
            alive = generator.random() >= leaves
        rows.append((repeats, last, age))
    return np.array(rows, dtype=np.float64)


COUNTS = simulated()


def total(model: BgNbd) -> float:
    return float(log_likelihood(model, *COUNTS.T).sum())


def test_it_recovers_the_customers_behaviour() -> None:
    found = fit(*COUNTS.T)
    assert total(found) >= total(TRUE)
    for counts in [(0, 0.0, 300.0), (3, 100.0, 300.0), (8, 280.0, 300.0)]:
        assert found.silence(*counts, 60.0) == pytest.approx(TRUE.silence(*counts, 60.0), abs=0.05)


def test_no_step_around_the_estimate_is_better() -> None:
    found = fit(*COUNTS.T)
    best = total(found)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.97, 1.03):
            values = {each: getattr(found, each) for each in ("r", "alpha", "a", "b")}
            assert total(BgNbd(**{**values, name: values[name] * factor})) < best + 1e-6


def test_it_is_deterministic() -> None:
    assert fit(*COUNTS.T) == fit(*COUNTS.T)


def test_a_weight_stands_for_so_many_customers() -> None:
    grouped, sizes = np.unique(COUNTS, axis=0, return_counts=True)
    repeats, last, age = grouped.T
    one, other = fit(repeats, last, age, weights=sizes), fit(*COUNTS.T)
    assert [one.r, one.a, one.b] == pytest.approx([other.r, other.a, other.b], rel=0.01)


def test_the_likelihood_equals_equation_6_of_the_paper() -> None:
    def beta(a: float, b: float) -> float:
        return math.gamma(a) * math.gamma(b) / math.gamma(a + b)

    r, alpha, a, b = 0.243, 30.898, 0.793, 2.426
    x, last, age = 2, 30.0, 200.0
    gamma_part = math.gamma(r + x) * alpha**r / math.gamma(r)
    expected = beta(a, b + x) / beta(a, b) * gamma_part / (alpha + age) ** (r + x)
    expected += beta(a + 1, b + x - 1) / beta(a, b) * gamma_part / (alpha + last) ** (r + x)
    found = float(log_likelihood(BgNbd(), [x], [last], [age])[0])
    assert found == pytest.approx(math.log(expected))


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (([], [], []), "0, 0 and 0 entries"),
        (([1.0], [1.0, 2.0], [3.0]), "1, 2 and 1 entries"),
        (([1.0], [4.0], [3.0]), "a last beyond the age"),
        (([-1.0], [0.0], [3.0]), "negative or infinite"),
        (([1.0], [0.0], [math.inf]), "negative or infinite"),
    ],
)
def test_impossible_counts_are_refused(
    counts: tuple[list[float], list[float], list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit(*counts)
