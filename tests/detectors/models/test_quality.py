"""The window of matured predictions: what it holds, and that order and restarts change nothing."""

import math

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.models.measures import encode, measure
from detectors.models.quality import NAMES, OTHER, SEGMENTS, SIZE, QualityWindow

Row = tuple[float, float, bool, str | None]
START = 15_000

chances = st.floats(0.0, 1.0)
row = st.tuples(
    chances, chances | st.just(math.nan), st.booleans(), st.sampled_from("abc") | st.none()
)
days = st.lists(st.lists(row, max_size=8), max_size=6)


def take(window: QualityWindow, day: int, rows: list[Row]) -> None:
    window.update(
        START + day,
        {"emitted": [row[0] for row in rows], "linear": [row[1] for row in rows]},
        [row[2] for row in rows],
        [row[3] for row in rows],
    )


def filled(stream: list[list[Row]], size: int = SIZE) -> QualityWindow:
    window = QualityWindow(size)
    for day, rows in enumerate(stream):
        take(window, day, rows)
    return window


def spread(count: int, seed: int = 1) -> tuple[list[float], list[bool]]:
    """Calibrated probabilities and labels."""
    generator = np.random.default_rng(seed)
    probabilities = generator.random(count)
    return probabilities.tolist(), (generator.random(count) < probabilities).tolist()


@given(days)
def test_the_figures_are_those_of_all_that_is_held(stream: list[list[Row]]) -> None:
    window = filled(stream)
    rows = [row for day in stream for row in day]
    labels = np.array([row[2] for row in rows], np.bool_)
    said = {"emitted": [row[0] for row in rows], "linear": [row[1] for row in rows]}
    for name, probabilities in said.items():
        codes = encode(probabilities)
        assert window.report(name) == measure(codes, labels)
        for segment, found in window.by_segment(name).items():
            chosen = np.array([row[3] == segment for row in rows])
            assert found == measure(codes[chosen], labels[chosen])
    assert (len(window), window.seen) == (len(rows), len(rows))


@given(days, st.integers(1, 12), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_within_a_day_does_not_matter(
    stream: list[list[Row]], size: int, random: object
) -> None:
    shuffled = [list(day) for day in stream]
    for day in shuffled:
        random.shuffle(day)  # type: ignore[attr-defined]
    assert filled(shuffled, size).to_json() == filled(stream, size).to_json()


@given(days, st.integers(1, 12), st.integers(0, 6))
@settings(max_examples=50)
def test_a_restored_window_goes_on_bit_for_bit(
    stream: list[list[Row]], size: int, cut: int
) -> None:
    window = filled(stream[:cut], size)
    window = QualityWindow.from_json(orjson.loads(orjson.dumps(window.to_json())))
    for day, rows in enumerate(stream[cut:], start=min(cut, len(stream))):
        take(window, day, rows)
    assert window.to_json() == filled(stream, size).to_json()


@given(days, st.integers(1, 12))
@settings(max_examples=50)
def test_just_the_size_is_held_and_the_newest_days_whole(
    stream: list[list[Row]], size: int
) -> None:
    window = filled(stream, size)
    rows = [row for day in stream for row in day]
    assert len(window) == min(size, len(rows))
    whole: list[Row] = []
    for day in reversed(stream):
        if len(whole) + len(day) > size:
            break
        whole += day
    positives = sum(row[2] for row in whole)
    held = window.report("emitted")
    assert held.count == len(window)
    if len(whole) == len(window) and held.base_rate is not None:
        assert held.base_rate * len(window) == pytest.approx(positives)


def test_a_day_larger_than_the_window_is_thinned_evenly() -> None:
    probabilities, labels = spread(20_000)
    window = QualityWindow(2_000)
    window.update(START, {"emitted": probabilities}, labels)
    whole = measure(encode(probabilities), np.array(labels))
    held = window.report("emitted")
    assert held.count == 2_000
    assert held.auc == pytest.approx(whole.auc, abs=0.02)
    assert held.log_loss == pytest.approx(whole.log_loss, abs=0.02)
    assert held.base_rate == pytest.approx(whole.base_rate, abs=0.02)


def test_the_largest_segments_are_measured_and_the_rest_together() -> None:
    window = QualityWindow()
    segments = [f"s{number:03d}" for number in range(300) for _ in range(1 + (number < SEGMENTS))]
    probabilities, labels = spread(len(segments))
    window.update(START, {"emitted": probabilities}, labels, segments)
    found = window.by_segment("emitted")
    assert list(found) == [*(f"s{number:03d}" for number in range(SEGMENTS)), OTHER]
    assert sum(figures.count for figures in found.values()) == len(segments)


def test_new_segments_find_a_place_when_old_ones_are_gone() -> None:
    window = QualityWindow(500)
    for day in range(4):
        segments = [f"{day}-{number}" for number in range(200)] + [f"large-{day}"] * 100
        probabilities, labels = spread(300, day)
        window.update(START + day, {"emitted": probabilities}, labels, segments)
    assert next(iter(window.by_segment("emitted"))) in ("large-2", "large-3")
    assert len(orjson.dumps(window.to_json())) < 10_000


def test_what_is_in_no_segment_counts_only_overall() -> None:
    window = QualityWindow()
    window.update(START, {"emitted": [0.5, 0.5, 0.5]}, [1, 0, 1], [None, "", OTHER])
    assert window.report("emitted").count == 3
    assert {name: found.count for name, found in window.by_segment("emitted").items()} == {OTHER: 1}


def test_models_come_and_go() -> None:
    window = QualityWindow(3)
    window.update(START, {"old": [0.5]}, [1])
    window.update(START + 1, {"new": [0.25, math.nan]}, [0, 1])
    assert {name: found.count for name, found in window.reports().items()} == {"new": 1, "old": 1}
    window.update(START + 2, {"new": [0.5, 0.5, 0.5]}, [0, 1, 1])
    window.update(START + 3, {"new": [0.5]}, [1])
    assert window.names == ("new",)
    assert window.report("old").count == 0
    assert window.days == 2


def test_memory_is_bounded() -> None:
    window = QualityWindow()
    probabilities, labels = spread(3_000)
    for day in range(4):
        said = {f"model-{number:02d}": probabilities for number in range(2 * NAMES)}
        window.update(START + day, said, labels)
    assert len(window.names) == NAMES
    assert len(orjson.dumps(window.to_json())) < SIZE * (NAMES * 2 + 2) * 4 / 3


def test_one_class_and_nothing_at_all_are_told_as_they_are() -> None:
    window = QualityWindow()
    assert window.report("emitted").count == 0
    assert window.by_segment("emitted") == {}
    window.update(START, {"emitted": [0.9, 0.8]}, [True, True])
    found = window.report("emitted")
    assert (found.auc, found.lift, found.base_rate) == (None, None, 1.0)
    assert found.log_loss is not None


@pytest.mark.parametrize("day", [START, START - 1])
def test_days_go_forward(day: int) -> None:
    window = QualityWindow()
    window.update(START, {"emitted": [0.5]}, [1])
    with pytest.raises(ValueError, match=f"day {day} is not after day {START}"):
        window.update(day, {"emitted": [0.5]}, [1])


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    window = QualityWindow()
    before = window.to_json()
    with pytest.raises(ValueError, match="linear: 1 values for 2 labels"):
        window.update(START, {"linear": [0.5]}, [1, 0])
    with pytest.raises(ValueError, match="segments: 1 values for 2 labels"):
        window.update(START, {"linear": [0.5, 0.5]}, [1, 0], ["a"])
    with pytest.raises(ValueError, match=r"probability is 1\.5"):
        window.update(START, {"linear": [0.5, 1.5]}, [1, 0])
    assert window.to_json() == before


def test_another_format_and_size_are_refused() -> None:
    with pytest.raises(ValueError, match="'quality/9'"):
        QualityWindow.from_json({"format": "quality/9"})
    for size in (0, SIZE + 1):
        with pytest.raises(ValueError, match=f"size is {size}"):
            QualityWindow(size)
