"""The test for a shift of a mean: invariances, and when it says nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.models.shift import (
    LEAST_WEEKS,
    WINDOWS,
    Blocks,
    find_shift,
    locate,
    without_weekdays,
)

seeds = st.integers(0, 10_000)


def blocks(values: NDArray[np.float64]) -> Blocks:
    """Series × blocks × values as blocks of (count, sum, sum of squares)."""
    count = np.full(values.shape[:2], values.shape[2], dtype=np.float64)
    return np.stack([count, values.sum(axis=2), (values**2).sum(axis=2)], axis=2)


def drawn(seed: int, shift: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of 3 series: 20 weeks of 70, then 28 days of 10, the latter moved by `shift`."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(3, 20, 70)), generator.normal(size=(3, 28, 10)) + shift


@given(seeds, st.floats(-2.0, 2.0), st.floats(-50.0, 50.0), st.sampled_from([-100.0, 0.01, 7.0]))
@settings(max_examples=50)
def test_units_and_origin_of_the_values_do_not_matter(
    seed: int, shift: float, origin: float, unit: float
) -> None:
    weeks, days = drawn(seed, shift)
    found = find_shift(blocks(weeks), blocks(days))
    other = find_shift(blocks(origin + unit * weeks), blocks(origin + unit * days))
    assert other.p_value == pytest.approx(found.p_value, rel=1e-3, abs=1e-12)
    assert other.effect == pytest.approx(np.sign(unit) * found.effect, rel=1e-3, abs=1e-6)
    assert (other.weeks == found.weeks).all()


@given(seeds)
@settings(max_examples=50)
def test_a_series_does_not_depend_on_those_beside_it(seed: int) -> None:
    weeks, days = drawn(seed, shift=0.2)
    together = find_shift(blocks(weeks), blocks(days))
    for series in range(3):
        alone = find_shift(blocks(weeks[[series]]), blocks(days[[series]]))
        assert alone.p_value[0] == together.p_value[series]
        assert alone.weeks[0] == together.weeks[series]


@given(seeds, st.integers(0, 27))
@settings(max_examples=50)
def test_a_large_step_is_located_on_its_day(seed: int, start: int) -> None:
    weeks, days = drawn(seed)
    days[:, start:] += 4.0
    for series in range(3):
        step = locate(blocks(weeks)[series], blocks(days)[series])
        since = days[series, start:]
        assert step.start == start
        assert step.before == pytest.approx(weeks[series].mean())
        assert step.after == pytest.approx(since.mean())
        spread = np.sqrt((weeks[series].var() + since.var()) / 2)
        assert step.effect == pytest.approx((since.mean() - weeks[series].mean()) / spread)


def test_the_larger_the_shift_the_less_probable() -> None:
    p_values = [find_shift(*map(blocks, drawn(1, shift))).p_value for shift in (0.1, 0.3, 0.9)]
    assert (p_values[0] > p_values[1]).all()
    assert (p_values[1] > p_values[2]).all()


def test_weeks_that_vary_make_a_shift_less_certain() -> None:
    weeks, days = drawn(1, shift=0.5)
    calm = find_shift(blocks(weeks), blocks(days))
    moved = weeks + np.where(np.arange(20) % 2, 0.4, -0.4)[None, :, None]
    assert (find_shift(blocks(moved), blocks(days)).p_value > calm.p_value).all()


def test_weeks_that_resemble_their_neighbours_make_a_shift_less_certain() -> None:
    weeks, days = drawn(1, shift=1.5)
    turns = np.where(np.arange(20) % 2, 0.4, -0.4)
    waves = np.where(np.arange(20) % 10 < 5, 0.4, -0.4)
    quick = find_shift(blocks(weeks + turns[None, :, None]), blocks(days))
    slow = find_shift(blocks(weeks + waves[None, :, None]), blocks(days))
    assert (slow.p_value > quick.p_value).all()


@pytest.mark.parametrize("weeks", range(LEAST_WEEKS))
def test_with_too_few_weeks_nothing_is_said(weeks: int) -> None:
    reference, recent = map(blocks, drawn(1, shift=100.0))
    reference[:, weeks:] = 0.0
    assert (find_shift(reference, recent).p_value == 1.0).all()


def test_without_recent_values_nothing_is_said() -> None:
    reference, recent = map(blocks, drawn(1))
    shift = find_shift(reference, 0.0 * recent)
    assert (shift.p_value == 1.0).all()
    assert all(np.isfinite(column).all() for column in shift)


def test_windows_are_whole_weeks_of_the_end() -> None:
    weeks, days = drawn(1)
    days[:, -7:] += 0.3
    assert (find_shift(blocks(weeks), blocks(days)).weeks == 1).all()
    days[:, :-7] += 0.3
    assert (find_shift(blocks(weeks), blocks(days)).weeks == max(WINDOWS)).all()


@given(seeds)
@settings(max_examples=50)
def test_whole_weeks_keep_their_mean_without_weekdays(seed: int) -> None:
    weeks, days = map(blocks, drawn(seed))
    places = (np.arange(28) + seed) % 7
    level = without_weekdays(days, places, weeks[:, :7])
    assert level[:, :, 0] == pytest.approx(days[:, :, 0])
    assert level[:, :, 1].sum(axis=1) == pytest.approx(days[:, :, 1].sum(axis=1))


def test_days_that_are_as_their_weekday_always_was_become_equal() -> None:
    usual = np.arange(7.0)[None, :, None] * np.ones((3, 7, 5))
    places = np.arange(28) % 7
    days = blocks(usual)[:, places]
    level = without_weekdays(days, places, blocks(usual))
    assert level[:, :, 1] / level[:, :, 0] == pytest.approx(np.full((3, 28), 3.0))
    assert level[:, :, 2] / level[:, :, 0] == pytest.approx(np.full((3, 28), 9.0))
    assert (without_weekdays(days, places, 0.0 * blocks(usual)) == days).all()


def test_an_incomplete_week_is_less_certain() -> None:
    weeks, days = drawn(1, shift=0.5)
    reference = blocks(weeks + np.where(np.arange(20) % 2, 0.2, -0.2)[None, :, None])
    part = blocks(days)
    part[:, :-3] = 0.0
    as_usual, cut_short = find_shift(reference, part, 3), find_shift(reference, part, 7)
    assert (cut_short.p_value > as_usual.p_value).all()
