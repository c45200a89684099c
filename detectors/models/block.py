"""Laplace's approximation for a block of labels at once: posterior mode and curvature there."""

import numpy as np
from numpy.typing import NDArray

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

    The search is done in whitened weights u, ``weights = mean + L u`` with ``L Lᵀ = covariance``:
    the Hessian is I + something positive, whatever the data, and the covariance is never inverted.
    Newton's steps are halved until they gain (Armijo), so the loss falls from step to step; it is
    strictly convex, so there is one mode. The rows are put into an order of their own first: the
    order given changes no bit.
    """
    if not len(design):
        return mean.copy(), covariance.copy()
    design, labels = _sorted(design, labels)
    root = _root(covariance)
    whitened = design @ root
    prior_odds = (design * mean).sum(axis=1)
    u = np.zeros(len(mean))
    odds = prior_odds
    loss = float(log_losses(odds, labels).sum())
    for _ in range(_STEPS):
        hessian, rates = _curvature(whitened, odds)
        gradient = u + whitened.T @ (rates - labels)
        step = -np.linalg.solve(hessian, gradient)
        decrement = -float(gradient @ step)
        if decrement <= 2.0 * _CONVERGED:
            u = u + step  # so near, a whole step squares the error
            break
        shift = whitened @ step
        size = 1.0
        for _ in range(_HALVINGS):
            u_next, odds_next = u + size * step, odds + size * shift
            next_loss = 0.5 * float(u_next @ u_next) + float(log_losses(odds_next, labels).sum())
            if next_loss <= loss - _ARMIJO * size * decrement:
                break
            size *= 0.5
        else:
            break  # no step gains any more: rounding
        u, odds, loss = u_next, odds_next, next_loss
    else:
        hessian, _ = _curvature(whitened, odds)
    half = _halved(hessian, root)
    learned = half.T @ half
    return mean + root @ u, 0.5 * (learned + learned.T)


def _curvature(whitened: Vector, odds: Vector) -> tuple[Vector, Vector]:
    """The Hessian at `odds`, and the probabilities."""
    rates = sigmoids(odds)
    weighted = whitened * np.sqrt(rates * (1.0 - rates))[:, None]
    hessian = weighted.T @ weighted
    np.einsum("ii->i", hessian)[:] += 1.0
    return hessian, rates


def _halved(hessian: Vector, root: Vector) -> Vector:
    """Some A with Aᵀ A = `root` `hessian`⁻¹ `root`ᵀ; no eigenvalue of the Hessian is below 1."""
    try:
        return np.asarray(np.linalg.solve(np.linalg.cholesky(hessian), root.T))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(hessian)
        return np.asarray((vectors / np.sqrt(np.maximum(values, 1.0))).T @ root.T)


def _root(covariance: Vector) -> Vector:
    """Some L with L Lᵀ = `covariance`; rounding below 0 counts as 0."""
    try:
        return np.asarray(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _sorted(design: Vector, labels: NDArray[np.bool_]) -> tuple[Vector, NDArray[np.bool_]]:
    """Rows and labels in the order of their bytes; equal ones are the same, so the order is one."""
    keyed = np.column_stack([design, labels]) + 0.0  # −0 becomes 0
    order = keyed.view(f"V{keyed.itemsize * keyed.shape[1]}").ravel().argsort(kind="stable")
    return np.ascontiguousarray(keyed[order, :-1]), labels[order]
