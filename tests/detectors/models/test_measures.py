"""Measures against the formulas, pair by pair and row by row."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.models.measures import GROUPS, MISSING, Codes, Measures, encode, measure

coarse = st.integers(-4, 4).map(lambda step: 500 * step)
fine = st.integers(-32_767, 32_767)
rows = st.lists(st.tuples(coarse | fine, st.booleans()), min_size=1, max_size=60)


def arrays(stream: list[tuple[int, bool]]) -> tuple[Codes, NDArray[np.bool_]]:
    codes, labels = zip(*stream, strict=True)
    return np.array(codes, np.int16), np.array(labels, np.bool_)


@given(rows)
def test_the_figures_equal_the_formulas(stream: list[tuple[int, bool]]) -> None:
    found = measure(*arrays(stream))
    chances = [1 / (1 + math.exp(-code / 1000)) for code, _ in stream]
    labels = [label for _, label in stream]
    pairs = list(zip(chances, labels, strict=True))
    assert found.count == len(stream)
    assert found.base_rate == pytest.approx(np.mean(labels))
    assert found.brier == pytest.approx(np.mean([(p - y) ** 2 for p, y in pairs]))
    lost = [math.log1p(math.exp(-code / 1000 if y else code / 1000)) for code, y in stream]
    assert found.log_loss == pytest.approx(np.mean(lost))
    assert found.ece is not None
    assert 0.0 <= found.ece <= 1.0


@given(rows)
def test_the_area_is_that_of_all_pairs(stream: list[tuple[int, bool]]) -> None:
    found = measure(*arrays(stream))
    highs = [code for code, label in stream if label]
    lows = [code for code, label in stream if not label]
    if not highs or not lows:
        assert (found.auc, found.auc_se, found.lift) == (None, None, None)
        return
    won = np.array([[(high > low) + 0.5 * (high == low) for low in lows] for high in highs])
    assert found.auc == pytest.approx(won.mean())
    variance = sum(
        side.var(ddof=1) / len(side) if len(side) > 1 else 0.0
        for side in (won.mean(axis=0), won.mean(axis=1))
    )
    assert found.auc_se == pytest.approx(math.sqrt(variance), abs=1e-9)


@given(rows)
def test_the_lift_is_that_of_the_highest_tenth(stream: list[tuple[int, bool]]) -> None:
    """Ten copies of each row: the highest tenth is whole rows, tied ones in equal parts."""
    found = measure(*arrays(stream))
    if found.lift is None:
        return
    ranked = sorted((code for code, _ in stream for _ in range(10)), reverse=True)[: len(stream)]
    edge = ranked[-1]
    tied = [label for code, label in stream if code == edge]
    certain = sum(10 * label for code, label in stream if code > edge)
    shared = ranked.count(edge) * np.mean(tied)
    assert found.base_rate is not None
    assert found.lift == pytest.approx((certain + shared) / len(stream) / found.base_rate)
    assert 0.0 <= found.lift <= GROUPS + 1e-9


@given(rows, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(stream: list[tuple[int, bool]], random: object) -> None:
    shuffled = list(stream)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert measure(*arrays(shuffled)) == measure(*arrays(stream))


def test_calibrated_predictions_have_a_small_calibration_error() -> None:
    generator = np.random.default_rng(1)
    chances = generator.random(5_000)
    labels = generator.random(5_000) < chances
    found, spoiled = measure(encode(chances), labels), measure(encode(chances**2), labels)
    assert found.ece is not None
    assert spoiled.ece is not None
    assert found.ece < 0.02 < 0.1 < spoiled.ece


def test_what_was_not_said_is_not_measured() -> None:
    codes = np.array([MISSING, 500, MISSING, -500], np.int16)
    labels = np.array([False, True, True, False])
    assert measure(codes, labels) == measure(codes[[1, 3]], labels[[1, 3]])
    assert measure(codes[[0, 2]], labels[[0, 2]]) == Measures(count=0)


@given(st.lists(st.floats(0.0, 1.0), max_size=20))
def test_codes_are_log_odds_in_thousandths(chances: list[float]) -> None:
    for chance, code in zip(chances, encode(chances).tolist(), strict=True):
        if 1e-14 < chance < 1 - 1e-14:
            assert code / 1000 == pytest.approx(math.log(chance / (1 - chance)), abs=6e-4)
        else:
            assert abs(code) > 32_000


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.inf])
def test_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        encode([0.5, wrong])
