"""The simulation behind the figures on drift: its worlds are what they say, its counts add up."""

import numpy as np
import pytest

from benchmarks.drift import (
    PATIENCE,
    SHIFTED_AFTER,
    TOGETHER,
    WARM_UP,
    WORLDS,
    World,
    delays,
    false_alarms,
    ours,
    simulate,
)

BY_NAME = {world.name: world for world in WORLDS}


@pytest.mark.parametrize("name", ["memory 0.5", "memory 0.9"])
def test_days_resemble_their_neighbours_as_much_as_is_said(name: str) -> None:
    world = BY_NAME[name]
    means = simulate(world, 400, 200).means
    among_days = np.corrcoef(means[:, 99], means[:, 100])[0, 1]
    noise = 1.0 / world.rows
    expected = world.memory * world.shared**2 / (world.shared**2 + noise)
    assert among_days == pytest.approx(expected, abs=0.1)
    assert means.std() == pytest.approx(np.sqrt(world.shared**2 + noise), rel=0.1)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_only_the_shift_differs_before_and_after(world: World) -> None:
    calm, moved = (simulate(world, 20, 250, shift=shift) for shift in (0.0, 1.0))
    difference = (moved.means - calm.means)[calm.counts > 0]
    day = np.broadcast_to(np.arange(250), calm.counts.shape)[calm.counts > 0]
    assert np.abs(difference[day < SHIFTED_AFTER]).max() == 0.0
    spread = np.sqrt(world.rare * (1 - world.rare)) if world.rare else 1.0
    assert difference[day >= SHIFTED_AFTER].mean() == pytest.approx(spread, rel=0.1)


def test_alarms_are_counted_for_forty_series_and_a_year() -> None:
    alarms = [(0, WARM_UP - 1), (0, WARM_UP), (1, 300)]
    rate, upper = false_alarms(alarms, series=10 * TOGETHER)
    assert rate == pytest.approx(0.2)
    assert upper == pytest.approx(0.7225, abs=1e-3)  # 7.22 alarms: exact Poisson interval of 2


def test_only_the_first_alarm_in_time_counts_as_found() -> None:
    early, late = SHIFTED_AFTER - 1, SHIFTED_AFTER + PATIENCE
    alarms = [(0, early), (0, SHIFTED_AFTER + 2), (0, SHIFTED_AFTER + 9), (1, late)]
    assert delays(alarms, series=4) == (0.25, 3.0)
    assert delays([], series=4) == (0.0, None)


def test_a_large_shift_is_found_within_days() -> None:
    data = simulate(BY_NAME["independent"], 10, SHIFTED_AFTER + 10, shift=1.0)
    share, median = delays(ours(data), 10)
    assert share == 1.0
    assert median is not None
    assert median <= 5
