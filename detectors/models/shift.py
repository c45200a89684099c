"""Has the mean of a series moved? A test on whole weeks, against weeks, for many series at once.

A *block* is (count, sum, sum of squares) of the values of a day or a week; blocks add up.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr  # type: ignore[import-untyped]

Blocks = NDArray[np.float64]
"""Series × days (or weeks) × (count, sum, sum of squares)."""
Vector = NDArray[np.float64]

WEEK = 7
WINDOWS = (1, 2, 4)
"""Weeks at the end that are compared with the weeks before: short ones find large shifts soon,
long ones find small shifts at all."""
LEAST_WEEKS = 6
"""With fewer weeks to compare with there is no test."""

_HIGHEST_MEMORY = 0.7
_CERTAIN = 1e6
_ROUNDING = 1e-6


class Shift(NamedTuple):
    """What was found, for each series."""

    before: Vector
    """Mean of the values in the reference weeks."""
    after: Vector
    """Mean of the values in the window."""
    p_value: Vector
    """Two-sided; 1 where nothing can be said."""
    effect: Vector
    """(after − before) / spread of single values within the two periods."""
    weeks: NDArray[np.intp]
    """Length of the window, one of `WINDOWS`."""


def find_shift(reference: Blocks, recent: Blocks) -> Shift:
    """The most significant shift of each series among `WINDOWS`.

    `reference`: blocks of weeks, `recent`: blocks of the last 28 days; empty blocks have count 0.

    The means of the window and of the reference differ by a t statistic, whose variance is the
    larger of two: that between weeks, which contains whatever weeks have in common (seasons
    within the week cancel out, as all windows are whole weeks), and that of the single values (in
    the window at least as in the reference: a week without one rare event is no proof).
    Between weeks it is inflated for memory, (1 + φ)/(1 − φ) with the first autocorrelation φ of
    the weeks' means, its small-sample bias taken out (Kendall 1954) and 0 ≤ φ ≤ 0.7. The window's
    mean is taken without the day that tells most, so that one odd day is no drift.
    """
    past = _Past(reference)
    found = [past.compare(recent[:, -WEEK * weeks :], weeks) for weeks in WINDOWS]
    best = np.argmin([shift.p_value for shift in found], axis=0)
    return Shift(*(np.choose(best, columns) for columns in zip(*found, strict=True)))


class _Past:
    """The reference weeks: mean, variance of values and of weeks, and memory from week to week."""

    def __init__(self, blocks: Blocks) -> None:
        counts = blocks[:, :, 0]
        self.weeks = (counts > 0.0).sum(axis=1)
        self.total = counts.sum(axis=1)
        self.mean, self.variance = _moments(blocks)
        shares = counts / np.maximum(self.total, 1.0)[:, None]
        self.effective = 1.0 / np.maximum((shares**2).sum(axis=1), _tiny(shares))
        means = blocks[:, :, 1] / np.maximum(counts, 1.0)
        residuals = np.where(counts > 0.0, means - self.mean[:, None], 0.0)
        unbiased = self.effective / np.maximum(self.effective - 1.0, 1.0)
        self.between = (shares * residuals**2).sum(axis=1) * unbiased
        self.memory = self._memory(residuals)

    def _memory(self, residuals: Vector) -> Vector:
        squares = (residuals**2).sum(axis=1)
        products = (residuals[:, 1:] * residuals[:, :-1]).sum(axis=1)
        raw = np.divide(products, squares, out=np.zeros_like(squares), where=squares > 0.0)
        unbiased = (self.weeks * raw + 1.0) / np.maximum(self.weeks - 3.0, 1.0)
        memory: Vector = np.clip(unbiased, 0.0, _HIGHEST_MEMORY)
        return memory

    def compare(self, window: Blocks, weeks: int) -> Shift:
        """The shift of the window's mean against these weeks."""
        total = window[:, :, 0].sum(axis=1)
        after, variance = _moments(window)
        distance = self._least_distance(window, after)
        phi = self.memory
        carried = 1.0 + 2.0 * sum((1.0 - lag / weeks) * phi**lag for lag in range(1, weeks))
        long_run = (1.0 + phi) / (1.0 - phi)
        between = self.between * (carried / weeks + long_run / self.effective)
        rounding = (_ROUNDING * (np.abs(after) + np.abs(self.mean))) ** 2 + _tiny(after)
        single = np.maximum(variance, self.variance)
        within = single / np.maximum(total, 1.0) + self.variance / np.maximum(self.total, 1.0)
        error = np.maximum(between, np.maximum(within, rounding))
        freedom = np.where(between >= within, np.maximum(self.weeks - 1.0, 1.0), _CERTAIN)
        p_value = 2.0 * stdtr(freedom, -distance / np.sqrt(error))
        spread = np.sqrt(0.5 * (variance + self.variance) + rounding)
        known = (total > 0.0) & (self.weeks >= LEAST_WEEKS)
        return Shift(
            before=self.mean,
            after=after,
            p_value=np.where(known, p_value, 1.0),
            effect=(after - self.mean) / spread,
            weeks=np.full(len(after), weeks),
        )

    def _least_distance(self, window: Blocks, after: Vector) -> Vector:
        """How far the window's mean is away at least, when any one of its days is left out."""
        rest = window.sum(axis=1, keepdims=True) - window
        means = rest[:, :, 1] / np.maximum(rest[:, :, 0], 1.0)
        away = (means - self.mean[:, None]) * np.sign(after - self.mean)[:, None]
        least: Vector = np.where(rest[:, :, 0] > 0.0, away, 0.0).min(axis=1)
        return np.maximum(least, 0.0)


def _moments(blocks: Blocks) -> tuple[Vector, Vector]:
    """Mean and variance of all values in the blocks of each series; 0 where there are none."""
    counts, sums, squares = blocks.sum(axis=1).T
    counts = np.maximum(counts, 1.0)
    means = sums / counts
    return means, np.maximum(squares / counts - means**2, 0.0)


def _tiny(like: Vector) -> float:
    return float(np.finfo(like.dtype).tiny)
