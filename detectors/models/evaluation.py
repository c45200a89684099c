"""Exact measures of probabilities against outcomes that are all known: what a backtest reports.

Everything takes two arrays of one length: `score` (a probability in [0, 1], or any number where
only the order counts) and `truth` (True: it happened), and returns a float; NaN where the measure
is not defined (no rows, or one class only).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]

GROUPS = 10
"""Equally filled groups of the calibration error; the top one of `lift`."""
_FLOOR = 1e-15


class Reliability(NamedTuple):
    """Groups of ascending score that hold equally many rows each (arrays of one length)."""

    predicted: Vector
    """Mean score of the group."""
    rate: Vector
    """Share of True."""
    rows: Vector
    """How many rows."""


def auc(score: ArrayLike, truth: ArrayLike) -> float:
    """P(a True has a higher score than a False), ties counting one half, in [0, 1].

    Mann & Whitney (1947): from the mid-ranks of the True.

    >>> auc([0.1, 0.4, 0.4, 0.8], [False, False, True, True])
    0.875
    """
    values, happened = _pair(score, truth)
    positives = int(happened.sum())
    negatives = happened.size - positives
    if not positives or not negatives:
        return float("nan")
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    ranks = float(middle[place][happened].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def log_loss(score: ArrayLike, truth: ArrayLike) -> float:
    """Mean of −ln(probability of what happened), in nats; 0 and 1 are taken as 1e-15 from there."""
    return _mean(log_losses(score, truth))


def log_losses(score: ArrayLike, truth: ArrayLike) -> Vector:
    """The log loss of each row."""
    values, happened = _pair(score, truth)
    held = np.clip(values, _FLOOR, 1 - _FLOOR)
    return np.asarray(-np.log(np.where(happened, held, 1 - held)))


def brier(score: ArrayLike, truth: ArrayLike) -> float:
    """Mean squared difference of probability and outcome (Brier 1950), in [0, 1]."""
    values, happened = _pair(score, truth)
    return _mean((values - happened) ** 2)


def groups_of(score: ArrayLike, groups: int = GROUPS) -> NDArray[np.intp]:
    """The group (0 … `groups` − 1, by ascending score) of each row.

    The groups hold equally many rows, the first ones one more where that does not come out even;
    rows of equal score stay in their order.
    """
    values = np.asarray(score, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    found = np.empty(values.size, dtype=np.intp)
    for group, rows in enumerate(np.array_split(order, groups)):
        found[rows] = group
    return found


def reliability(score: ArrayLike, truth: ArrayLike, groups: int = GROUPS) -> Reliability:
    """Mean score and rate of equally filled groups; groups without a row are left out."""
    values, happened = _pair(score, truth)
    group = groups_of(values, groups)
    count = np.bincount(group, minlength=groups).astype(np.float64)
    predicted = np.bincount(group, values, minlength=groups)
    rate = np.bincount(group, happened, minlength=groups)
    filled = count > 0
    return Reliability(
        predicted[filled] / count[filled], rate[filled] / count[filled], count[filled]
    )


def ece(score: ArrayLike, truth: ArrayLike, groups: int = GROUPS) -> float:
    """Expected calibration error: mean of |mean score − rate| over equally filled groups.

    Naeini, Cooper & Hauskrecht (2015), with groups of equal size; each counts by its rows.
    """
    found = reliability(score, truth, groups)
    if not found.rows.size:
        return float("nan")
    return float(np.average(np.abs(found.predicted - found.rate), weights=found.rows))


def lift(score: ArrayLike, truth: ArrayLike, groups: int = GROUPS) -> float:
    """Rate among the top 1/`groups` of the scores, as a multiple of the rate of all."""
    values, happened = _pair(score, truth)
    base = _mean(happened.astype(np.float64))
    if not base > 0:
        return float("nan")
    return _mean(happened[groups_of(values, groups) == groups - 1].astype(np.float64)) / base


def _pair(score: ArrayLike, truth: ArrayLike) -> tuple[Vector, NDArray[np.bool_]]:
    values = np.asarray(score, dtype=np.float64)
    happened = np.asarray(truth, dtype=np.bool_)
    if values.shape != happened.shape or values.ndim != 1:
        raise ValueError(
            f"score and truth have shapes {values.shape} and {happened.shape}: give as many"
        )
    return values, happened


def _mean(values: Vector) -> float:
    return float(values.mean()) if values.size else float("nan")
