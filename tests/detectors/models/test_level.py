"""How much of a move of the level lasts for a horizon."""

import math

import msgspec
import numpy as np
import pytest

from detectors.models.block import sigmoids
from detectors.models.index import Vector
from detectors.models.level import EVIDENCE, VARIANCE, Level

HORIZON = 20


def lived(base: Vector, labels: int = 100) -> Level:
    """A level that follows what matures: of rows predicted a horizon ago, whose log-odds was
    `base` then; the rate among the labels is the expected one."""
    level = Level(HORIZON)
    for day, odds in enumerate(base.tolist()):
        level.advance(1.0)
        positives = round(labels * float(sigmoids(np.array([odds]))[0]))
        said = np.full(labels, level._usual)
        level.learn_block(day, said, 1.0, np.arange(labels) < positives)
        level.update(day, odds, labels)
    return level


def test_nothing_is_held_back_before_labels_say_so() -> None:
    level = Level(HORIZON)
    for day in range(HORIZON - 1):
        level.advance(1.0)
        level.learn_block(day, np.zeros(50), 1.0, np.arange(50) < 10)
        level.update(day, float(day), 50)
    assert level.deviation > 1.0
    assert (level.share, level.shift) == (1.0, 0.0)


def test_a_move_that_lasts_is_kept() -> None:
    steps = np.repeat([-2.0, -1.0, 0.0], 60)
    assert lived(steps).share > 0.8


def test_a_swing_that_is_over_when_labels_tell_of_it_is_held_back() -> None:
    swing = -1.0 + 0.5 * np.sin(np.pi * np.arange(400) / HORIZON)  # upside down a horizon later
    level = lived(swing)
    assert level.share < 0.05
    assert level.shift == pytest.approx(-level.deviation, rel=0.1)


def test_the_share_stays_between_0_and_1() -> None:
    for sign in (-1.0, 1.0):
        level = Level(1)
        level.update(0, 0.0, 10)
        level.update(1, 2.0, 1000)
        level.learn_block(2, np.full(5000, -sign * 5.0), 1.0, np.full(5000, sign > 0.0))
        assert 0.0 <= level.share <= 1.0


def test_a_horizon_of_labels_counts_as_few() -> None:
    few, many = lived(np.linspace(-1.0, 0.0, 200)), lived(np.linspace(-1.0, 0.0, 200), 10_000)
    assert few._variance < VARIANCE
    assert many._variance == pytest.approx(few._variance, rel=0.01)
    assert HORIZON * 100 > EVIDENCE


def test_the_order_of_the_rows_changes_no_bit() -> None:
    generator = np.random.default_rng(3)
    odds, labels = generator.normal(size=200), generator.random(200) < 0.3
    found = []
    for order in (np.arange(200), generator.permutation(200)):
        level = lived(np.linspace(0.0, 0.5, 40))
        level.learn_block(40, odds[order], 0.9, labels[order])
        found.append(level.to_json())
    assert found[0] == found[1]


@pytest.mark.parametrize("horizon", [1, 7, 90])
def test_a_horizon_of_deviations_is_remembered(horizon: int) -> None:
    level = Level(horizon)
    for day in range(300):
        level.update(day, math.sin(day), 10)
        kept = [number for number, _ in level._past]
        assert kept == sorted(kept, reverse=True)
        assert len(kept) <= horizon + 1
        assert day < horizon or any(number <= day + 1 - horizon for number in kept)


def test_a_restored_level_goes_on_to_the_last_bit() -> None:
    level = lived(np.linspace(-1.0, 1.0, 70))
    again = Level.from_json(msgspec.json.decode(msgspec.json.encode(level.to_json())))
    for one in (level, again):
        one.advance(2.0)
        one.learn_block(72, np.zeros(9), 1.1, np.arange(9) < 4)
        one.update(72, 0.3, 9)
    assert again.to_json() == level.to_json()


def test_a_number_that_is_not_finite_is_refused() -> None:
    data = Level(HORIZON).to_json() | {"usual": math.nan}
    with pytest.raises(ValueError, match="not finite"):
        Level.from_json(data)
