"""Intervals by resampling customers: a customer's rows stay together, for they are alike.

Percentile bootstrap (Efron & Tibshirani 1993, chapter 13) over customers; the groups of the
calibration error and the top decile keep the bounds that they have on the data itself.
"""

from collections.abc import Mapping

import numpy as np

from detectors.models.evaluation import GROUPS, groups_of, log_losses
from streams.backtest.judged import Judged
from streams.backtest.scored import Floats

RESAMPLES = 200
SEED = 20_110_610
_LEVEL = (2.5, 97.5)

Draws = Mapping[str, Floats]
"""By measure: its value in each resample."""


class Resampling:
    """The same resamples for all models, so that differences between them can be told too."""

    def __init__(self, judged: Judged, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        self._judged = judged
        customers = judged.customer_count
        random = np.random.default_rng(seed)
        self.weights = np.empty((resamples, customers), dtype=np.float32)
        """How often each resample holds each customer: resamples by customers."""
        for row in self.weights:
            row[:] = np.bincount(random.integers(customers, size=customers), minlength=customers)

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
            values = score[order]
            starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
            weights = self.weights[:, judged.places[order]].astype(np.float64)
            positive = np.add.reduceat(weights * judged.truth[order], starts, axis=1)
            negative = np.add.reduceat(weights * ~judged.truth[order], starts, axis=1)
            below = np.cumsum(negative, axis=1) - negative / 2
            pairs = positive.sum(axis=1) * negative.sum(axis=1)
            won = (positive * below).sum(axis=1)
            by_cutoff.append(np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0))
        return _mean_of_known(np.array(by_cutoff))

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
        return np.asarray(by_customer @ self.weights.T.astype(np.float64))


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
