"""How good a set of predictions was: exact figures from log-odds and labels."""

import math
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Codes = NDArray[np.int16]
"""Log-odds in thousandths, within ±32.767, as customers' states hold them."""
Labels = NDArray[np.bool_]

GROUPS = 10
SCALE = 1_000.0
MISSING = np.iinfo(np.int16).min
"""The code of a prediction that was not made."""
_LIMIT = np.iinfo(np.int16).max


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of matured predictions; None where there are none, or all labels are the same."""

    count: int
    base_rate: float | None = None
    log_loss: float | None = None
    brier: float | None = None
    ece: float | None = None
    """Expected calibration error: the mean of |mean probability − rate| over ten groups of
    ascending score that hold about a tenth each; equal scores are in one group."""
    auc: float | None = None
    """Exact: a positive is above a negative with this probability, a tie counting one half."""
    auc_se: float | None = None
    """Standard error of it (DeLong 1988)."""
    lift: float | None = None
    """Rate among the tenth with the highest scores / base rate; ties at the edge count in part."""

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(Measures))


def encode(probabilities: ArrayLike) -> Codes:
    """Probabilities as codes; nan becomes `MISSING`. Raises ValueError outside 0 to 1.

    >>> encode([0.5, 0.9, 0.0, float("nan")]).tolist()
    [0, 2197, -32767, -32768]
    """
    values = np.asarray(probabilities, dtype=np.float64)
    wrong = (values < 0.0) | (values > 1.0)
    if wrong.any():
        raise ValueError(f"probability is {values[wrong][0]}: give a number from 0 to 1")
    with np.errstate(divide="ignore"):
        codes = np.rint(SCALE * (np.log(values) - np.log1p(-values)))
    codes = np.clip(codes, -_LIMIT, _LIMIT)
    return np.where(np.isnan(codes), MISSING, codes).astype(np.int16)


def measure(codes: Codes, labels: Labels) -> Measures:
    """The figures of the predictions that were made.

    >>> measure(encode([0.9, 0.6, 0.4, 0.2]), np.array([True, True, False, False])).auc
    1.0
    """
    made = codes != MISSING
    if not made.all():
        codes, labels = codes[made], labels[made]
    total = len(codes)
    if not total:
        return Measures(count=0)
    levels = _levels(codes, labels)
    positives = float(levels.positives.sum())
    brier, ece = levels.brier_and_ece()
    return Measures(
        count=total,
        base_rate=positives / total,
        log_loss=levels.log_loss(),
        brier=brier,
        ece=ece,
        **_ranked(levels, positives, total - positives),
    )


def _ranked(levels: "_Levels", positives: float, negatives: float) -> dict[str, float]:
    if not positives or not negatives:
        return {}
    auc, error = levels.auc(positives, negatives)
    return {"auc": auc, "auc_se": error, "lift": levels.lift(positives)}


@dataclass(frozen=True, slots=True)
class _Levels:
    """The predictions counted by score, ascending."""

    log_odds: NDArray[np.float64]
    surprises: NDArray[np.float64]
    """−log of what is given to False, in nats."""
    counts: NDArray[np.float64]
    positives: NDArray[np.float64]
    until: NDArray[np.float64]
    """The counts of each level and all below it."""

    def log_loss(self) -> float:
        """The mean of −log of what was given to the label that came."""
        lost = self.surprises * self.counts - self.log_odds * self.positives
        return float(lost.sum() / self.until[-1])

    def brier_and_ece(self) -> tuple[float, float]:
        """The mean squared distance of probability and label, and the calibration error."""
        total, p = self.until[-1], 1.0 / (1.0 + np.exp(-self.log_odds))
        squared = (1.0 - p) ** 2 * self.positives + p**2 * (self.counts - self.positives)
        middle = self.until - 0.5 * self.counts
        group = np.minimum(GROUPS - 1, (GROUPS * middle / total).astype(np.intp))
        gaps = np.bincount(group, p * self.counts - self.positives)
        return float(squared.sum() / total), float(np.abs(gaps).sum() / total)

    def auc(self, positives: float, negatives: float) -> tuple[float, float]:
        """The area under the ROC curve, and its standard error."""
        misses, positives_until = self.counts - self.positives, np.cumsum(self.positives)
        below = (self.until - positives_until - 0.5 * misses) / negatives
        above = 1.0 - (positives_until - 0.5 * self.positives) / positives
        auc = float((below * self.positives).sum() / positives)
        variance = _variance(below, self.positives, positives, auc)
        return auc, math.sqrt(variance + _variance(above, misses, negatives, auc))

    def lift(self, positives: float) -> float:
        """Of the highest tenth, the rate against the base rate."""
        total = float(self.until[-1])
        tenth = total / GROUPS
        taken = np.minimum(np.maximum(tenth - (total - self.until), 0.0), self.counts)
        return float((taken * self.positives / self.counts).sum() / tenth / (positives / total))


def _levels(codes: Codes, labels: Labels) -> _Levels:
    lowest = int(codes.min())
    places = codes - np.intp(lowest)
    counts = np.bincount(places)  # a code has 16 bits: counting beats sorting
    found = np.flatnonzero(counts > 0)
    filled = counts[found].astype(np.float64)
    return _Levels(
        log_odds=(found + lowest) / SCALE,
        surprises=_surprises()[found + (lowest + _LIMIT)],
        counts=filled,
        positives=np.bincount(places[labels], minlength=len(counts))[found].astype(np.float64),
        until=np.cumsum(filled),
    )


@cache
def _surprises() -> NDArray[np.float64]:
    """log(1 + e^x) of every code, lowest first: a logarithm costs more than all else together."""
    return np.logaddexp(0.0, np.arange(-_LIMIT, _LIMIT + 1) / SCALE)


def _variance(
    values: NDArray[np.float64], weights: NDArray[np.float64], count: float, mean: float
) -> float:
    """Of the mean of `count` values, the sum of the weights; 0 for a single one."""
    return float((weights * (values - mean) ** 2).sum()) / max(count - 1.0, 1.0) / count
