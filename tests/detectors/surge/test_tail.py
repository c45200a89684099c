"""The tail is the exact one, and looking often has its price."""

import numpy as np
import pytest
from scipy.stats import nbinom  # type: ignore[import-untyped]

from detectors.surge.tail import looks, shape_of, strength, tail


@pytest.mark.parametrize("shape", [0.5, 3.0, 200.0])
@pytest.mark.parametrize("mean", [0.01, 1.0, 40.0])
@pytest.mark.parametrize("observed", [1, 5, 60])
def test_the_tail_is_that_of_the_negative_binomial(
    observed: int, mean: float, shape: float
) -> None:
    expected = nbinom.sf(observed - 1, shape, shape / (shape + mean))
    assert tail(float(observed), mean, shape) == pytest.approx(expected, rel=1e-9)


def test_dispersion_and_little_evidence_widen_the_forecast() -> None:
    wide = [tail(20.0, 5.0, shape_of(weight, 0.1)) for weight in (1e9, 50.0, 0.5)]
    assert wide == sorted(wide)
    assert tail(20.0, 5.0, shape_of(50.0, 0.0)) < tail(20.0, 5.0, shape_of(50.0, 0.5))


def test_a_sliding_window_climbs_as_often_as_the_looks_say() -> None:
    chance = np.random.default_rng(5)
    mean, high, periods = 10.0, 23, 20_000
    times = np.sort(chance.random(chance.poisson(mean * periods)) * periods)
    inside = np.arange(1, len(times) + 1) - np.searchsorted(times, times - 1.0, side="right")
    reached = times[inside >= high]
    climbs = 1 + int(np.count_nonzero(np.diff(reached) > 1.0))  # with a window between two
    stated = periods * tail(float(high), mean, 1e9) * float(looks(float(high), mean))
    assert 0.7 * climbs < stated < 2.0 * climbs


def test_strength_goes_on_where_the_tail_underflows() -> None:
    values = [strength(n, 0.1, float(tail(n, 0.1, 1e9))) for n in (10.0, 100.0, 400.0, 4_000.0)]
    assert values == sorted(values)
    assert np.isfinite(values).all()
