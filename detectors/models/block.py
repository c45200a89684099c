"""Laplace's approximation for a block of labels at once: posterior mode and curvature there."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtrs  # type: ignore[import-untyped]

from detectors.models.index import Vector

BOUND = 12.0
"""Log-odds of probabilities of 0 and 1 are held within it."""
_STEPS = 100
_CONVERGED = 1e-13
"""Half the squared Newton decrement: what another step could at most gain, in nats."""
_ARMIJO = 1e-4
_HALVINGS = 30


def sigmoids(log_odds: Vector) -> Vector:
    """The probabilities that belong to log-odds, without overflow.

    >>> sigmoids(np.array([0.0, -1e6, 1e6])).tolist()
    [0.5, 0.0, 1.0]
    """
    small = np.exp(-np.abs(log_odds))
    return np.asarray(np.where(log_odds >= 0.0, 1.0, small) / (1.0 + small))


def log_odds_many(probabilities: Vector) -> Vector:
    """The log-odds that belong to probabilities from 0 to 1, within ±12.

    >>> log_odds_many(np.array([0.0, 0.5, 1.0])).tolist()
    [-12.0, 0.0, 12.0]
    """
    with np.errstate(divide="ignore"):
        odds = np.log(probabilities) - np.log1p(-probabilities)
    return np.asarray(np.clip(odds, -BOUND, BOUND))


def log_losses(log_odds: Vector, labels: NDArray[np.bool_]) -> Vector:
    """−log P(label) of each row, in nats: ≥ 0, finite for finite log-odds.

    >>> log_losses(np.array([0.0, 800.0]), np.array([True, False])).round(3).tolist()
    [0.693, 800.0]
    """
    return np.asarray(np.logaddexp(0.0, np.where(labels, -log_odds, log_odds)))


def block_step(
    mean: Vector, covariance: Vector, design: Vector, labels: NDArray[np.bool_]
) -> tuple[Vector, Vector]:
    """Mean and covariance of the weights after a block of labels.

    The weights have the prior N(`mean`, `covariance`) (d; d×d, symmetric, positive); row i of
    `design` (n×d, finite) has the log-odds ``design[i] @ weights``. Returned are the posterior's
    mode and the inverse of its negative Hessian there (Laplace's approximation: MacKay 1992;
    Rasmussen & Williams 2006, ch. 3), symmetric to the last bit.

    The mode is searched among whitened weights when there are more labels than weights, else among
    whitened log-odds: as many unknowns as the smaller of the two. Neither inverts the covariance.
    The rows are put into an order of their own first: the order given changes no bit.
    """
    if not len(design):
        return mean.copy(), covariance.copy()
    design, labels = _sorted(design, labels)
    odds = (design * mean).sum(axis=1)
    found = _by_odds if len(labels) < len(mean) else _by_weights
    step, learned = found(covariance, design, odds, labels)
    return mean + step, 0.5 * (learned + learned.T)


def _by_weights(
    covariance: Vector, design: Vector, odds: Vector, labels: NDArray[np.bool_]
) -> tuple[Vector, Vector]:
    """How far the mean goes, and the new covariance; searched in u, ``L u`` with LLᵀ the old."""
    root = _root(covariance)
    u, hessian = _mode(design @ root, odds, labels)
    half, _ = dtrtrs(hessian, root.T, lower=1)
    return root @ u, half.T @ half


def _by_odds(
    covariance: Vector, design: Vector, odds: Vector, labels: NDArray[np.bool_]
) -> tuple[Vector, Vector]:
    """The same from the log-odds' own covariance (Rasmussen & Williams, algorithm 3.1)."""
    spread = design @ covariance
    among = spread @ design.T
    root = _root(0.5 * (among + among.T))
    u, _ = _mode(root, odds, labels)
    moved = root @ u
    rates = sigmoids(odds + moved)
    curvature = rates * (1.0 - rates)
    scale = np.sqrt(curvature)
    inner = among * scale * scale[:, None]
    inner.ravel()[:: len(labels) + 1] += 1.0
    factor = _root(inner, least=1.0)
    # One more of Newton's steps, in its stable form.
    target = curvature * moved + (labels - rates)
    solved, _ = dpotrs(factor, scale * (among @ target), lower=1)
    half, _ = dtrtrs(factor, scale[:, None] * spread, lower=1)
    return (target - scale * solved) @ spread, covariance - half.T @ half


def _mode(whitened: Vector, prior_odds: Vector, labels: NDArray[np.bool_]) -> tuple[Vector, Vector]:
    """The most probable u, whose prior is N(0, I), and the lower factor of the Hessian there.

    The log-odds are ``prior_odds + whitened @ u``. The Hessian is I + something positive, whatever
    the data. Newton's steps are halved until they gain (Armijo), so the loss falls from step to
    step; it is strictly convex, so there is one mode.
    """
    u = np.zeros(whitened.shape[1])
    odds = prior_odds
    loss = float(log_losses(odds, labels).sum())
    for _ in range(_STEPS):
        factor, rates = _curvature(whitened, odds)
        gradient = u + (rates - labels) @ whitened
        solved, _ = dpotrs(factor, gradient, lower=1)
        decrement = float(gradient @ solved)
        if decrement <= 2.0 * _CONVERGED:
            return u - solved, factor  # so near, a whole step squares the error
        shift = whitened @ solved
        size = 1.0
        for _ in range(_HALVINGS):
            u_next, odds_next = u - size * solved, odds - size * shift
            next_loss = 0.5 * float(u_next @ u_next) + float(log_losses(odds_next, labels).sum())
            if next_loss <= loss - _ARMIJO * size * decrement:
                break
            size *= 0.5
        else:
            return u, factor  # no step gains any more: rounding
        u, odds, loss = u_next, odds_next, next_loss
    return u, _curvature(whitened, odds)[0]


def _curvature(whitened: Vector, odds: Vector) -> tuple[Vector, Vector]:
    """The lower factor of the Hessian at `odds`, and the probabilities."""
    rates = sigmoids(odds)
    weighted = whitened * np.sqrt(rates * (1.0 - rates))[:, None]
    hessian = weighted.T @ weighted
    hessian.ravel()[:: len(hessian) + 1] += 1.0
    return _root(hessian, least=1.0), rates


def _root(matrix: Vector, least: float = 0.0) -> Vector:
    """The lower L with LLᵀ = `matrix`; an eigenvalue that rounding put below `least` is `least`."""
    root, info = dpotrf(matrix, lower=1)
    if info:
        values, vectors = np.linalg.eigh(matrix)
        _, upper = np.linalg.qr((vectors * np.sqrt(np.maximum(values, least))).T)
        root = upper.T
    return np.asarray(root)


def _sorted(design: Vector, labels: NDArray[np.bool_]) -> tuple[Vector, NDArray[np.bool_]]:
    """Rows and labels in the order of their bytes; equal ones are the same, so the order is one."""
    keyed = np.column_stack([design, labels]) + 0.0  # −0 becomes 0
    order = keyed.view(f"V{keyed.itemsize * keyed.shape[1]}").ravel().argsort(kind="stable")
    return np.ascontiguousarray(keyed[order, :-1]), labels[order]
