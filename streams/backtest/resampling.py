"""Intervals by resampling customers: a customer's rows stay together, for they are alike.

Percentile bootstrap (Efron & Tibshirani 1993, chapter 13) over customers; the groups of the
calibration error and the top decile keep the bounds that they have on the data itself.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from detectors.models.evaluation import GROUPS, groups_of, log_losses
from streams.backtest.judged import Judged
from streams.backtest.ledger import Flags
from streams.backtest.scored import Floats

RESAMPLES = 200
SEED = 20_110_610
_BLOCK = 20
"""Resamples that are worked on at a time, so that memory stays bounded."""
_LEVEL = (2.5, 97.5)

Draws = Mapping[str, Floats]
"""By measure: its value in each resample."""


def customer_weights(customers: int, resamples: int, seed: int) -> NDArray[np.uint8]:
    """How often each resample holds each customer: resamples by customers."""
    random = np.random.default_rng(seed)
    weights = np.empty((resamples, customers), dtype=np.uint8)
    for row in weights:
        row[:] = np.bincount(random.integers(customers, size=customers), minlength=customers)
    return weights


class Resampling:
    """The same resamples for all models, so that differences between them can be told too."""

    def __init__(self, judged: Judged, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        self._judged = judged
        self.weights = customer_weights(judged.customer_count, resamples, seed)

    def draws(self, score: Floats, *, is_probability: bool) -> Draws:
        """Every measure of `score` (one a judged row) in each resample."""
        found = {"auc": self._auc(score), "lift": self._lift(score)}
        if is_probability:
            found |= self._of_probability(score)
        return found

    def _auc(self, score: Floats) -> Floats:
        judged = self._judged
        by_cutoff = []
        for rows in judged.by_day.values():
            order = rows[np.argsort(score[rows], kind="stable")]
            values, truth = score[order], judged.truth[order]
            starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
            places = judged.places[order]
            blocks = [_areas(block[:, places], truth, starts) for block in self._blocks()]
            by_cutoff.append(np.concatenate(blocks))
        return _mean_of_known(np.array(by_cutoff))

    def _blocks(self) -> Iterator[Floats]:
        """The weights, some resamples at a time."""
        for begin in range(0, len(self.weights), _BLOCK):
            yield self.weights[begin : begin + _BLOCK].astype(np.float64)

    def _lift(self, score: Floats) -> Floats:
        truth = self._judged.truth.astype(np.float64)
        top = (groups_of(score) == GROUPS - 1).astype(np.float64)
        sums = self._sums(truth, np.ones_like(truth), truth * top, top)
        with np.errstate(invalid="ignore"):  # nobody left: not defined
            return np.asarray((sums[2] / sums[3]) / (sums[0] / sums[1]))

    def _of_probability(self, score: Floats) -> Draws:
        truth, group = self._judged.truth, groups_of(score)
        gaps = [np.where(group == place, score - truth, 0.0) for place in range(GROUPS)]
        ones = np.ones_like(score)
        sums = self._sums(ones, log_losses(score, truth), (score - truth) ** 2, *gaps)
        return {
            "log_loss": sums[1] / sums[0],
            "brier": sums[2] / sums[0],
            "ece": np.abs(sums[3:]).sum(axis=0) / sums[0],
        }

    def _sums(self, *columns: Floats) -> Floats:
        """The sum of each column over the rows of each resample: columns by resamples."""
        judged = self._judged
        by_customer = np.array(
            [np.bincount(judged.places, column, judged.customer_count) for column in columns]
        )
        return np.concatenate([by_customer @ block.T for block in self._blocks()], axis=1)


def _areas(weights: Floats, truth: Flags, starts: NDArray[np.intp]) -> Floats:
    """The AUC of rows of ascending score under each of several weights (resamples by rows).

    `starts`: where a new score begins. NaN where one outcome has no weight.
    """
    positive = np.add.reduceat(weights * truth, starts, axis=1)
    negative = np.add.reduceat(weights * ~truth, starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    won = (positive * below).sum(axis=1)
    areas: Floats = np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0)
    return areas


def interval(draws: Floats) -> tuple[float, float]:
    """The middle 95 % of the draws; NaN where none is known."""
    known = draws[~np.isnan(draws)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, _LEVEL)
    return float(low), float(high)


def _mean_of_known(rows: Floats) -> Floats:
    """Mean over the first axis, leaving out NaN; NaN where all are."""
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    total = np.where(known, rows, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean
