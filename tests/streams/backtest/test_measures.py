"""Measures with intervals: resampling customers is what it says, done at once."""

from typing import Any

import numpy as np
import pytest

from detectors.models.evaluation import auc, brier, log_loss
from streams.backtest.judged import Judged
from streams.backtest.measures import Predictions, by_cutoff, measured
from streams.backtest.resampling import Resampling, interval


def some(rows: int = 400, customers: int = 40, seed: int = 1) -> tuple[Judged, Any]:
    """Judged rows at five cut-offs, and scores with ties that know something."""
    random = np.random.default_rng(seed)
    score = random.integers(1, 20, rows) / 20
    days = random.integers(0, 5, rows)
    judged = Judged(
        rows=np.arange(rows),
        days=days,
        cutoffs=days,
        truth=random.random(rows) < score,
        places=random.integers(0, customers, rows),
        customer_count=customers,
    )
    return judged, score


def test_a_draw_is_the_measure_of_the_rows_repeated_as_often_as_their_customer() -> None:
    judged, score = some()
    resampling = Resampling(judged, resamples=5)
    draws = resampling.draws(score, is_probability=True)
    for draw, weights in enumerate(resampling.weights):
        repeats = weights.astype(int)[judged.places]
        rows = np.repeat(np.arange(score.size), repeats)
        drawn, truth, days = score[rows], judged.truth[rows], judged.days[rows]
        areas = [auc(drawn[days == day], truth[days == day]) for day in range(5)]
        assert draws["auc"][draw] == pytest.approx(np.mean(areas))
        assert draws["log_loss"][draw] == pytest.approx(log_loss(drawn, truth))
        assert draws["brier"][draw] == pytest.approx(brier(drawn, truth))


def test_each_resample_draws_as_many_customers_as_there_are() -> None:
    judged, _ = some()
    assert Resampling(judged, resamples=9).weights.sum(axis=1).tolist() == [40] * 9


def test_intervals_hold_the_figure_and_are_the_same_again() -> None:
    judged, score = some()
    models = [Predictions("a", score), Predictions("b", 1 - score, is_probability=False)]
    first, second = measured(judged, models)
    for name in ("auc", "log_loss", "brier", "lift"):
        low, high = first[f"{name}_interval"]
        assert low <= first[name] <= high
    assert measured(judged, models) == [first, second]
    assert second["log_loss"] is None
    assert second["auc_behind_interval"][0] > 0


def test_auc_is_the_mean_of_the_cutoffs_that_have_both_outcomes() -> None:
    judged, score = some()
    judged.truth[judged.days == 3] = True
    areas = [auc(score[judged.days == d], judged.truth[judged.days == d]) for d in (0, 1, 2, 4)]
    (found,) = measured(judged, [Predictions("a", score)])
    assert found["auc"] == pytest.approx(np.mean(areas), abs=1e-6)
    told = by_cutoff(judged, Predictions("a", score))
    assert [cutoff["auc"] is None for cutoff in told] == [False, False, False, True, False]
    assert sum(cutoff["rows"] for cutoff in told) == score.size


def test_one_outcome_alone_has_no_auc_and_no_nan() -> None:
    judged, score = some()
    judged.truth[:] = False
    (found,) = measured(judged, [Predictions("a", score)])
    assert found["auc"] is None
    assert found["auc_interval"] == [None, None]
    assert found["lift"] is None
    assert found["log_loss"] > 0


def test_nothing_judged_has_no_figure() -> None:
    empty = np.array([], dtype=np.intp)
    judged = Judged(empty, empty, empty, empty.astype(bool), empty, 0)
    (found,) = measured(judged, [Predictions("a", empty.astype(float))])
    assert found["auc"] is None


def test_an_interval_is_the_middle_of_the_draws() -> None:
    assert interval(np.arange(1001) / 1000) == (0.025, 0.975)
