"""The exact measures: equal to scikit-learn's and to their definitions."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from detectors.models.evaluation import auc, brier, ece, groups_of, lift, log_loss, reliability

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.75, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=60,
)


@given(PAIRS)
def test_auc_log_loss_and_brier_are_those_of_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    score, truth = np.array([p for p, _ in pairs]), np.array([y for _, y in pairs])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        held = np.clip(score, 1e-15, 1 - 1e-15)
        assert log_loss(score, truth) == pytest.approx(
            metrics.log_loss(truth, held, labels=[False, True]), rel=1e-6
        )
        assert brier(score, truth) == pytest.approx(np.mean((score - truth) ** 2))
        if truth.all() or not truth.any():
            assert math.isnan(auc(score, truth))
        else:
            assert auc(score, truth) == pytest.approx(metrics.roc_auc_score(truth, score))


@given(PAIRS)
def test_auc_counts_pairs_and_half_of_the_ties(pairs: list[tuple[float, bool]]) -> None:
    won = [
        (a > b) + 0.5 * (a == b) for a, left in pairs for b, stayed in pairs if left and not stayed
    ]
    found = auc([p for p, _ in pairs], [y for _, y in pairs])
    assert found == pytest.approx(sum(won) / len(won)) if won else math.isnan(found)


@given(PAIRS)
def test_groups_are_filled_equally_and_ascend(pairs: list[tuple[float, bool]]) -> None:
    score = np.array([p for p, _ in pairs])
    group = groups_of(score)
    sizes = np.bincount(group, minlength=10)
    assert sizes.max() - sizes.min() <= 1
    assert np.all(np.diff(group[np.argsort(score, kind="stable")]) >= 0)


@given(PAIRS)
def test_ece_is_the_mean_gap_of_the_groups(pairs: list[tuple[float, bool]]) -> None:
    ordered = sorted(pairs, key=lambda pair: pair[0])
    gaps = [
        abs(sum(p - y for p, y in (ordered[row] for row in rows)))
        for rows in np.array_split(np.arange(len(ordered)), 10)
    ]
    found = ece([p for p, _ in ordered], [y for _, y in ordered])
    assert found == pytest.approx(sum(gaps) / len(ordered))


def test_lift_compares_the_top_tenth_with_all() -> None:
    score = np.linspace(0, 1, 100)
    truth = score > 0.74
    assert lift(score, truth) == pytest.approx(1 / truth.mean())
    assert lift(-score, truth) == 0.0


def test_what_is_not_defined_is_nan() -> None:
    empty = np.array([])
    for measure in (auc, brier, ece, lift, log_loss):
        assert math.isnan(measure(empty, empty.astype(bool)))
    assert math.isnan(lift([0.1, 0.2], [False, False]))
    assert reliability(empty, empty.astype(bool)).rows.size == 0


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        auc([0.1, 0.2], [True])
