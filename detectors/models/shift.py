"""Has the mean of a series moved? A test on whole weeks, against weeks, for many series at once.

A *block* is (count, sum, sum of squares) of the values of a day or a week; blocks add up.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
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

    p_value: Vector
    """Two-sided; 1 where nothing can be said."""
    effect: Vector
    """(mean of the window − mean of the reference) / spread of single values within the two."""
    weeks: NDArray[np.intp]
    """Length of the window, one of `WINDOWS`."""


class Step(NamedTuple):
    """Where the mean of one series stepped up or down, and how far."""

    start: int
    """Position of the first day after the step."""
    before: float
    """Mean of the values in the reference weeks."""
    after: float
    """Mean of the values from `start` on."""
    effect: float
    """(after − before) / spread of single values within the two."""


def find_shift(reference: Blocks, recent: Blocks, usual: ArrayLike = WEEK) -> Shift:
    """The most significant shift of each series among `WINDOWS`.

    `reference`: blocks of weeks, `recent`: blocks of the last 28 days; empty blocks have count 0.
    `usual`: on so many days of the week each series usually has values, 1 to 7.

    The means of the window and of the reference differ by a t statistic, whose variance is the
    larger of two: that between weeks, which contains whatever days of a week have in common, and
    that of the single values (in the window at least as in the reference: a week without one rare
    event is no proof). All windows are whole weeks, so that seasons within the week cancel out; a
    window with fewer days than usual counts as so many weeks less.
    Between weeks it is inflated for memory, (1 + φ)/(1 − φ) with the first autocorrelation φ of
    the weeks' means, its small-sample bias taken out (Kendall 1954) and 0 ≤ φ ≤ 0.7. The window's
    mean is taken without the day that tells most, so that one odd day is no drift.
    """
    past = _Past(reference, np.maximum(usual, 1))
    found = [past.compare(recent[:, -WEEK * weeks :], weeks) for weeks in WINDOWS]
    best = np.argmin([shift.p_value for shift in found], axis=0)
    return Shift(*(np.choose(best, columns) for columns in zip(*found, strict=True)))


def without_weekdays(days: Blocks, places: NDArray[np.intp], table: Blocks) -> Blocks:
    """The blocks of days as if every weekday had the same mean.

    `places`: weekday of each day, 0 to 6. `table`: for each series and weekday the block of the
    values to learn their means from; of a weekday without values nothing is taken away. Whole
    weeks keep their mean; of a week that was cut short, the days that are there are judged by
    their own kind.
    """
    mean = (table[:, :, 1].sum(axis=1) / np.maximum(table[:, :, 0].sum(axis=1), 1.0))[:, None]
    own = table[:, :, 1] / np.maximum(table[:, :, 0], _tiny(mean))
    offset = np.where(table[:, :, 0] > 0.0, own - mean, 0.0)[:, places]
    counts, sums, squares = np.moveaxis(days, 2, 0)
    level = squares - 2.0 * offset * sums + counts * offset**2
    return np.stack((counts, sums - counts * offset, np.maximum(level, 0.0)), axis=2)


def locate(reference: Blocks, recent: Blocks) -> Step:
    """The day in `recent` from which on the mean is another one, by least squares.

    Blocks of one series, and both hold values. The squared distances of all values from the mean
    of their side are least where nₐ n_b / (nₐ + n_b) (meanₐ − mean_b)² is largest.
    """
    past = reference.sum(axis=0)
    since = np.cumsum(recent[::-1], axis=0)[::-1]
    until = past + since[0] - since
    count, other = since[:, 0], until[:, 0]
    distance = since[:, 1] / np.maximum(count, 1.0) - until[:, 1] / np.maximum(other, 1.0)
    start = int(np.argmax(count * other / (count + other) * distance**2))
    before, after, effect = (float(x[0]) for x in _effect(past[None], since[start][None]))
    return Step(start, before, after, effect)


class _Past:
    """The reference weeks: mean, variance of values and of weeks, and memory from week to week."""

    def __init__(self, blocks: Blocks, usual: NDArray[np.intp]) -> None:
        self.usual = usual
        counts = blocks[:, :, 0]
        self.weeks = (counts > 0.0).sum(axis=1)
        self.total = counts.sum(axis=1)
        self.sums = blocks.sum(axis=1)
        self.mean, self.variance = _moments(self.sums)
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
        sums = window.sum(axis=1)
        total = np.maximum(sums[:, 0], 1.0)
        after, variance = _moments(sums)
        distance = self._least_distance(window, after)
        phi = self.memory
        carried = 1.0 + 2.0 * sum((1.0 - lag / weeks) * phi**lag for lag in range(1, weeks))
        long_run = (1.0 + phi) / (1.0 - phi)
        full = np.minimum((window[:, :, 0] > 0.0).sum(axis=1) / self.usual, weeks)
        between = self.between * (
            carried / np.maximum(full, 1.0 / WEEK) + long_run / self.effective
        )
        single = np.maximum(variance, self.variance)
        within = single / total + self.variance / np.maximum(self.total, 1.0)
        error = np.maximum(between, np.maximum(within, _rounding(self.mean, after)))
        freedom = np.where(between >= within, np.maximum(self.weeks - 1.0, 1.0), _CERTAIN)
        p_value = 2.0 * stdtr(freedom, -distance / np.sqrt(error))
        known = (sums[:, 0] > 0.0) & (self.weeks >= LEAST_WEEKS)
        return Shift(
            p_value=np.where(known, p_value, 1.0),
            effect=_effect(self.sums, sums)[2],
            weeks=np.full(len(after), weeks),
        )

    def _least_distance(self, window: Blocks, after: Vector) -> Vector:
        """How far the window's mean is away at least, when any one of its days is left out."""
        rest = window.sum(axis=1, keepdims=True) - window
        means = rest[:, :, 1] / np.maximum(rest[:, :, 0], 1.0)
        away = (means - self.mean[:, None]) * np.sign(after - self.mean)[:, None]
        least: Vector = np.where(rest[:, :, 0] > 0.0, away, 0.0).min(axis=1)
        return np.maximum(least, 0.0)


def _moments(sums: Vector) -> tuple[Vector, Vector]:
    """Mean and variance of all values of each series, from their block; 0 where there are none."""
    counts, totals, squares = sums.T
    counts = np.maximum(counts, 1.0)
    means = totals / counts
    return means, np.maximum(squares / counts - means**2, 0.0)


def _effect(before: Vector, after: Vector) -> tuple[Vector, Vector, Vector]:
    """Both means of each series, and their difference in standard deviations of single values."""
    (one, variance), (other, its_variance) = _moments(before), _moments(after)
    spread = np.sqrt(0.5 * (variance + its_variance) + _rounding(one, other))
    return one, other, (other - one) / spread


def _rounding(one: Vector, other: Vector) -> Vector:
    """A variance below which all is rounding: keeps figures finite where values are constant."""
    rounding: Vector = (_ROUNDING * (np.abs(one) + np.abs(other))) ** 2 + _tiny(one)
    return rounding


def _tiny(like: Vector) -> float:
    return float(np.finfo(like.dtype).tiny)
