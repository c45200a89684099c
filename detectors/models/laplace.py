"""The scalar step of an online Laplace approximation for logistic regression."""

import math

_STEPS = 64
_TOLERANCE = 1e-9


def sigmoid(log_odds: float) -> float:
    """The probability that belongs to a log-odds, without overflow.

    >>> sigmoid(0.0)
    0.5
    >>> sigmoid(-1e6)
    0.0
    """
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    scale = math.exp(log_odds)  # underflows to 0, silently and rightly
    return scale / (1.0 + scale)


def laplace_step(log_odds: float, variance: float, label: bool) -> tuple[float, float]:
    """Gradient and curvature of the log-likelihood at the posterior mode.

    The log-odds of one example has the prior N(`log_odds`, `variance`), `variance` ≥ 0. Its mode
    after seeing `label` solves ``a = log_odds + variance · (label − σ(a))``. Returned are
    ``label − σ(a)`` and ``σ(a)(1 − σ(a))`` there: all a rank-one update needs (Spiegelhalter &
    Lauritzen 1990; MacKay 1992).

    The mode is found by Newton's method from the side from which it approaches without
    overshooting, so it converges for any finite prior, however confident and however wrong.

    >>> gradient, curvature = laplace_step(0.0, 1.0, True)
    >>> round(gradient, 4), round(curvature, 4)
    (0.4011, 0.2402)
    """
    sign = 1.0 if label else -1.0
    centre = sign * log_odds
    # f(z) = z − centre − variance·σ(−z) rises, convex below 0 and concave above it.
    positive = centre + 0.5 * variance > 0.0
    mode = max(0.0, centre) if positive else min(0.0, centre + variance)
    for _ in range(_STEPS):
        miss = sigmoid(-mode)
        step = (mode - centre - variance * miss) / (1.0 + variance * miss * (1.0 - miss))
        mode -= step
        if abs(step) <= _TOLERANCE:
            break
    miss = sigmoid(-mode)
    return sign * miss, miss * sigmoid(mode)
