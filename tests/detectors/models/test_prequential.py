"""Matured-label metrics against exact formulas over all the labels."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata  # type: ignore[import-untyped]

from detectors.models.prequential import BINS, GROUPS, Prequential

DAY = 86_400.0
START = 1.3e9

Label = tuple[float, bool, float]

labels = st.lists(
    st.tuples(st.floats(0.0, 1.0), st.booleans(), st.floats(START, START + 900 * DAY)), max_size=60
)
half_lives = st.sampled_from([None, 0.5, 30.0, 365.0])


def measured(stream: list[Label], half_life: float | None = None) -> Prequential:
    metrics = Prequential(half_life)
    for probability, label, at in stream:
        metrics.update(probability, label, at)
    return metrics


def weights(stream: list[Label], half_life: float | None) -> list[float]:
    latest = max(at for *_, at in stream)
    if half_life is None:
        return [1.0] * len(stream)
    return [float(2.0 ** ((at - latest) / (half_life * DAY))) for *_, at in stream]


def exact_auc(stream: list[Label], weight: list[float]) -> float:
    won = pairs = 0.0
    for (p, label, _), w in zip(stream, weight, strict=True):
        for (q, other, _), v in zip(stream, weight, strict=True):
            if label and not other:
                pairs += w * v
                won += w * v * (1.0 if p > q else 0.5 if p == q else 0.0)
    return won / pairs


@given(labels, half_lives)
def test_the_figures_equal_the_formulas(stream: list[Label], half_life: float | None) -> None:
    report = measured(stream, half_life).report()
    assert report.count == len(stream)
    if not stream:
        assert report.log_loss is None
        assert report.auc is None
        return
    weight = weights(stream, half_life)
    total = math.fsum(weight)

    def mean(values: list[float]) -> float:
        return math.fsum(w * v for w, v in zip(weight, values, strict=True)) / total

    assert report.weight == pytest.approx(total)
    assert report.base_rate == pytest.approx(mean([float(y) for _, y, _ in stream]))
    assert report.brier == pytest.approx(mean([(p - y) ** 2 for p, y, _ in stream]))
    bounded = [min(1 - 1e-15, max(1e-15, p)) for p, *_ in stream]
    losses = [-math.log(p if y else 1 - p) for p, (_, y, _) in zip(bounded, stream, strict=True)]
    assert report.log_loss == pytest.approx(mean(losses))
    assert report.ece is not None
    assert 0.0 <= report.ece <= 1.0
    if report.auc is not None and report.auc_error is not None:
        error = abs(report.auc - exact_auc(stream, weight))
        assert error <= report.auc_error + 1e-9


@given(labels, labels, half_lives)
def test_merging_is_as_if_one_had_seen_all(
    one: list[Label], other: list[Label], half_life: float | None
) -> None:
    merged, right = measured(one, half_life), measured(other, half_life)
    before = right.to_json()
    merged.merge(right)
    assert right.to_json() == before
    together = measured(one + other, half_life).report()
    for found, expected in zip(
        merged.report().to_json().values(), together.to_json().values(), strict=True
    ):
        assert found == pytest.approx(expected, abs=1e-9)


@given(labels, half_lives, st.randoms(use_true_random=False))
def test_the_order_of_labels_does_not_matter(
    stream: list[Label], half_life: float | None, random: Any
) -> None:
    shuffled = random.sample(stream, len(stream))
    first, second = measured(stream, half_life).report(), measured(shuffled, half_life).report()
    for found, expected in zip(first.to_json().values(), second.to_json().values(), strict=True):
        assert found == pytest.approx(expected, abs=1e-9)


@given(labels, labels, half_lives)
def test_law_8_the_state_is_json_and_goes_on_to_the_last_bit(
    before: list[Label], after: list[Label], half_life: float | None
) -> None:
    metrics = measured(before, half_life)
    copy = Prequential.from_json(msgspec.json.decode(msgspec.json.encode(metrics.to_json())))
    for probability, label, at in after:
        metrics.update(probability, label, at)
        copy.update(probability, label, at)
    assert copy.to_json() == metrics.to_json()
    assert copy.report() == metrics.report()


def test_the_auc_of_many_scores_is_near_the_exact_one() -> None:
    generator = np.random.default_rng(3)
    truth = generator.random(20_000) < 0.05
    logits = generator.normal(-3.0 + 1.0 * truth, 1.0)
    scores = 1.0 / (1.0 + np.exp(-logits))
    report = measured(
        [(float(p), bool(y), START) for p, y in zip(scores, truth, strict=True)]
    ).report()
    ranks = rankdata(scores)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    exact = (ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    assert report.auc == pytest.approx(exact, abs=5e-4)
    assert report.auc_error is not None
    assert report.auc_error < 0.02


def test_the_calibration_error_is_that_of_ten_equally_filled_groups() -> None:
    generator = np.random.default_rng(4)
    scores = np.sort(generator.random(20_000))
    truth = generator.random(20_000) < scores**1.3
    report = measured(
        [(float(p), bool(y), START) for p, y in zip(scores, truth, strict=True)]
    ).report()
    exact = sum(
        abs(p.mean() - y.mean()) / GROUPS
        for p, y in zip(np.split(scores, GROUPS), np.split(truth, GROUPS), strict=True)
    )
    assert report.ece == pytest.approx(exact, abs=0.003)


def test_perfectly_calibrated_groups_have_no_error() -> None:
    stream = [(0.25, number % 4 == 0, START) for number in range(40)]
    assert measured(stream).report().ece == pytest.approx(0.0, abs=1e-12)


def test_one_class_alone_has_no_auc() -> None:
    report = measured([(0.5, True, START)]).report()
    assert report.auc is None
    assert report.base_rate == 1.0


def test_a_half_life_halves() -> None:
    stream = [(0.5, True, START), (0.5, False, START + 30 * DAY)]
    report = measured(stream, 30.0).report()
    assert report.weight == pytest.approx(1.5)
    assert report.base_rate == pytest.approx(1 / 3)


def test_centuries_of_labels_stay_finite() -> None:
    metrics = Prequential(0.01)
    for day in range(0, 100_000, 500):
        metrics.update(0.4, day % 1000 == 0, START + day * DAY)
    assert metrics.report().weight == pytest.approx(1.0)


def test_the_state_does_not_grow() -> None:
    generator = np.random.default_rng(5)
    metrics = Prequential(30.0)
    for probability in generator.random(3_000).tolist():
        metrics.update(probability, probability > 0.5, START)
    assert len(metrics.to_json()["bins"]) <= BINS


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan])
def test_only_probabilities_are_measured(probability: float) -> None:
    with pytest.raises(ValueError, match="give a number from 0 to 1"):
        Prequential().update(probability, True, START)


@pytest.mark.parametrize("at", [math.nan, math.inf])
def test_only_moments_are_times(at: float) -> None:
    with pytest.raises(ValueError, match="give epoch seconds"):
        Prequential().update(0.5, True, at)


@pytest.mark.parametrize("half_life", [0.0, -1.0, math.nan, math.inf])
def test_impossible_half_lives_are_refused(half_life: float) -> None:
    with pytest.raises(ValueError, match="half_life_days is"):
        Prequential(half_life)


def test_different_decay_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="half-lives differ"):
        Prequential(1.0).merge(Prequential(2.0))


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="metrics format is 'other'"):
        Prequential.from_json({**Prequential().to_json(), "format": "other"})
