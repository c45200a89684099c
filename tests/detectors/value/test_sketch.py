"""The quantile sketch against a full sort."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.value.sketch import LARGEST, SMALLEST, QuantileSketch

amounts = st.lists(
    st.one_of(st.just(0.0), st.floats(SMALLEST, 1e12), st.integers(1, 100).map(float)),
    max_size=60,
)
accuracies = st.sampled_from([0.01, 0.05, 0.001])


def sketched(values: list[float], accuracy: float = 0.01) -> QuantileSketch:
    sketch = QuantileSketch(accuracy)
    for value in values:
        sketch.add(value)
    return sketch


@given(amounts.filter(bool), st.floats(0.0, 1.0), accuracies)
def test_a_quantile_is_within_the_relative_accuracy_of_the_sorted_one(
    values: list[float], share: float, accuracy: float
) -> None:
    exact = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    found = sketched(values, accuracy).quantile(share)
    assert found == pytest.approx(exact, rel=accuracy * (1.0 + 1e-9))


@given(amounts)
def test_the_amounts_are_those_added_within_the_relative_accuracy(values: list[float]) -> None:
    found = [amount for amount, times in sketched(values).amounts() for _ in range(times)]
    assert found == sorted(found, reverse=True)
    for amount, value in zip(found, sorted(values, reverse=True), strict=True):
        assert amount == pytest.approx(value if value >= SMALLEST else 0.0, rel=0.0100001)


@given(st.lists(amounts, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_merging_equals_adding_all_in_any_order(parts: list[list[float]], random: Any) -> None:
    everything = sketched([value for part in parts for value in part])
    merged = QuantileSketch()
    for part in random.sample(parts, len(parts)):
        merged.merge(sketched(part))
    assert merged.to_json() == everything.to_json()


@given(amounts, amounts, accuracies)
def test_law_8_the_state_is_json_and_goes_on(
    before: list[float], after: list[float], accuracy: float
) -> None:
    sketch = sketched(before, accuracy)
    wire = msgspec.json.encode(sketch.to_json())
    copy = QuantileSketch.from_json(msgspec.json.decode(wire))
    for value in after:
        sketch.add(value)
        copy.add(value)
    assert msgspec.json.encode(copy.to_json()) == msgspec.json.encode(sketch.to_json())


def test_times_counts_an_amount_so_often() -> None:
    sketch = QuantileSketch()
    sketch.add(5.0, times=3)
    assert sketch.to_json() == sketched([5.0] * 3).to_json()


def test_the_range_bounds_the_number_of_buckets() -> None:
    sketch = QuantileSketch()
    for exponent in range(-3_000, 3_000):
        sketch.add(10.0 ** (exponent / 10.0))
    assert len(sketch.to_json()["buckets"]) <= 2_074
    assert sketch.quantile(1.0) == pytest.approx(LARGEST, rel=0.01)
    assert sketch.quantile(0.0) == 0.0


@pytest.mark.parametrize("amount", [-0.01, math.nan, math.inf])
def test_other_amounts_are_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="give a finite number of 0 or more"):
        QuantileSketch().add(amount)


@pytest.mark.parametrize("accuracy", [0.0, 1.0, math.nan])
def test_impossible_accuracies_are_refused(accuracy: float) -> None:
    with pytest.raises(ValueError, match="accuracy is"):
        QuantileSketch(accuracy)


def test_an_empty_sketch_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="the sketch is empty"):
        QuantileSketch().quantile(0.5)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_lies_between_0_and_1(share: float) -> None:
    with pytest.raises(ValueError, match="give a number from 0 to 1"):
        sketched([1.0]).quantile(share)


def test_a_count_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="times is 0"):
        QuantileSketch().add(1.0, times=0)


def test_different_accuracies_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="accuracies differ"):
        QuantileSketch(0.01).merge(QuantileSketch(0.02))


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="sketch format is 'other'"):
        QuantileSketch.from_json({**QuantileSketch().to_json(), "format": "other"})
