"""BG/NBD's parameters from purchase counts alone, by maximum likelihood: no label is needed.

Apart from `prior`, because only fitting needs SciPy.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln, gammaln  # type: ignore[import-untyped]

from detectors.models.prior import BgNbd

_BOUND = 12.0


def log_likelihood(
    model: BgNbd, repeats: ArrayLike, last: ArrayLike, age: ArrayLike
) -> NDArray[np.float64]:
    """Log-likelihood of each customer's (x, t_x, T); arrays of one shape, days. Equation (6)."""
    x = np.asarray(repeats, dtype=np.float64)
    t_x = np.asarray(last, dtype=np.float64)
    total = np.asarray(age, dtype=np.float64)
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    common = gammaln(r + x) - gammaln(r) + r * math.log(alpha) - betaln(a, b)
    stays = betaln(a, b + x) - (r + x) * np.log(alpha + total)
    left = betaln(a + 1.0, np.maximum(b + x - 1.0, 1e-12)) - (r + x) * np.log(alpha + t_x)
    return np.asarray(common + np.logaddexp(stays, np.where(x > 0, left, -np.inf)))


def fit(
    repeats: ArrayLike,
    last: ArrayLike,
    age: ArrayLike,
    weights: ArrayLike | None = None,
    start: BgNbd | None = None,
    spread: float = math.inf,
) -> BgNbd:
    """BG/NBD by maximum likelihood on (x, t_x, T), one entry a customer (or a weighted group).

    Deterministic (L-BFGS-B on the logs of the parameters, from `start` or the defaults); needs no
    label. With a finite `spread`, the logs have a normal prior around `start` with that standard
    deviation, so that few customers move them little. Parameters stay within e^±12.
    Raises ValueError for empty or impossible counts.
    """
    x, t_x, total = (np.asarray(values, dtype=np.float64) for values in (repeats, last, age))
    if x.size == 0 or x.shape != t_x.shape or x.shape != total.shape:
        raise ValueError(f"counts have {x.size}, {t_x.size} and {total.size} entries: give as many")
    if not bool(np.all((x >= 0) & (t_x >= 0) & (t_x <= total) & np.isfinite(total))):
        raise ValueError("counts hold a negative or infinite value, or a last beyond the age")
    weight = np.ones_like(x) if weights is None else np.asarray(weights, dtype=np.float64)
    scale = float(weight.sum())

    begin = start or BgNbd()
    centre = np.log([begin.r, begin.alpha, begin.a, begin.b])

    def loss(logs: NDArray[np.float64]) -> float:
        model = BgNbd(*np.exp(logs).tolist())
        away = float((((logs - centre) / spread) ** 2).sum()) / 2.0
        return (away - float(weight @ log_likelihood(model, x, t_x, total))) / scale

    found = minimize(loss, centre, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4)
    return BgNbd(*np.exp(found.x).tolist())
