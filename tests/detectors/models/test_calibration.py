"""Calibration straightens slope, level and segments, and does nothing without evidence."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.models.block import sigmoids
from detectors.models.calibration import Calibration
from detectors.models.expert import Parts

Vector = NDArray[np.float64]


def simulated(
    count: int, seed: int, shift: float = 0.0, slope: float = 1.0
) -> tuple[Vector, list[str], NDArray[np.bool_]]:
    """A speaker that is off by `shift` and `slope`, and by 0.8 for new customers."""
    generator = np.random.default_rng(seed)
    odds = generator.normal(size=count)
    segments = ["new" if new else "known" for new in generator.random(count) < 0.3]
    offset = np.where(np.array(segments) == "new", 0.8, 0.0)
    truth = slope * odds + shift + offset
    return odds, segments, generator.random(count) < sigmoids(truth)


def learned(days: int = 200, shift: float = -0.5, slope: float = 0.6) -> Calibration:
    calibration = Calibration()
    for day in range(days):
        calibration.learn_block(*simulated(100, day, shift, slope))
    return calibration


def test_it_begins_as_the_identity() -> None:
    odds = np.array([-3.0, 0.0, 2.5])
    assert Calibration().log_odds_many(odds, ["a", "b", "a"]).tolist() == odds.tolist()


def test_it_finds_slope_level_and_segment() -> None:
    calibration = learned()
    assert calibration.slope == pytest.approx(0.6, abs=0.15)
    known, new, unheard = calibration.offsets(["known", "new", "unheard"])
    assert known == pytest.approx(-0.5, abs=0.15)
    assert new == pytest.approx(0.3, abs=0.15)
    assert unheard == calibration.model.intercept


def test_the_calibrated_are_nearer_to_the_rates() -> None:
    calibration = learned()
    odds, segments, labels = simulated(20_000, 1_000, -0.5, 0.6)

    def error(log_odds: Vector) -> float:
        gap = sigmoids(log_odds) - labels
        groups = np.array_split(np.argsort(log_odds, kind="stable"), 10)
        return float(sum(abs(gap[group].sum()) for group in groups)) / len(gap)

    assert error(calibration.log_odds_many(odds, segments)) < 0.03 < error(odds)


def test_few_labels_move_a_segment_little() -> None:
    calibration = Calibration()
    calibration.learn_block(np.zeros(5), ["rare"] * 5, np.ones(5, dtype=np.bool_))
    assert 0.0 < calibration.model.weight("segment=rare") < 0.02


def test_law_9_calibrated_parts_add_up() -> None:
    calibration = learned(5)
    parts = Parts(np.array([0.5, 0.5]), np.array([[1.0, -2.0], [0.0, 3.0]]), [{"a=b": 1.0}, {}])
    segments = ["new", "known"]
    expected = calibration.log_odds_many(parts.total(), segments)
    assert calibration.apply(parts, segments).total() == pytest.approx(expected)


def test_law_8_a_snapshot_restores_to_the_last_bit() -> None:
    calibration = learned(5)
    wire = msgspec.json.encode(calibration.to_json())
    copy = Calibration.from_json(msgspec.json.decode(wire))
    for either in (calibration, copy):
        either.learn_block(*simulated(50, 3))
    assert copy.to_json() == calibration.to_json()


def test_the_order_of_a_block_changes_no_bit() -> None:
    odds, segments, labels = simulated(40, 1)
    order = np.random.default_rng(0).permutation(40)
    one, other = Calibration(), Calibration()
    one.learn_block(odds, segments, labels)
    other.learn_block(odds[order], [segments[i] for i in order], labels[order])
    assert one.to_json() == other.to_json()


def test_one_class_and_huge_log_odds_leave_it_finite() -> None:
    calibration = Calibration()
    for _ in range(20):
        calibration.learn_block(np.full(50, 1e9), ["x"] * 50, np.zeros(50, dtype=np.bool_))
    assert np.isfinite(calibration.log_odds_many(np.array([1e3]), ["x"])).all()
