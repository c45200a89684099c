"""How surprising a count is: the exact tail of its forecast, and what many looks cost.

The forecast of a count whose rate is known with the weight of ``a`` complaints, and which is
overdispersed by φ, is negative binomial: mean m, variance m + m²/shape, 1/shape = 1/a + φ.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc  # type: ignore[import-untyped]

Array = NDArray[np.float64]


def shape_of(weight: Any, dispersion: Any) -> Any:
    """The shape of the forecast from the weight of its rate (complaints) and the dispersion φ."""
    return 1.0 / (1.0 / weight + dispersion)


def tail(observed: Any, mean: Any, shape: Any) -> Any:
    """P(X ≥ observed) of a negative binomial X; numbers or arrays, observed ≥ 1, mean > 0.

    The identity with the incomplete beta function: Johnson, Kemp & Kotz, *Univariate Discrete
    Distributions*, 3rd ed., eq. 5.31.
    """
    return betainc(observed, shape, mean / (mean + shape))


def looks(observed: Any, mean: Any) -> Any:
    """How many independent looks a window that slides on by its own length is worth, ≥ 1.

    A count in a sliding window climbs to k about (k − m) P(X = k) times per length of the window
    (Alm 1983; Naus 1982, *Approximations for distributions of scan statistics*), and
    P(X = k) ≈ (1 − m/k) P(X ≥ k) in the far tail.
    """
    return np.maximum(1.0, (observed - mean) ** 2 / np.maximum(observed, 1.0))


def strength(observed: float, mean: float, p_value: float) -> float:
    """−ln of the tail; where that underflows, continued by the log-likelihood ratio."""
    if p_value > 1e-300:
        return -float(np.log(p_value))
    ratio = observed * np.log(observed / mean) - (observed - mean)
    return 690.0 + float(ratio)
