"""Drift: silent when nothing moves, and telling what moved when something does."""

import math
from collections.abc import Callable

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.models.drift import CAPACITY, Block, Drift, DriftWatch

Values = dict[str, NDArray[np.float64]]
START = 15_000
NAMES = [f"feature:{number:02d}" for number in range(37)]
NAMES += ["score", "base_rate", "log_loss:linear"]


def normal(generator: np.random.Generator, shift: float = 0.0) -> NDArray[np.float64]:
    return generator.normal(size=50) + shift


def watched(
    draw: Callable[[int, np.random.Generator], Values], days: int, watch: DriftWatch | None = None
) -> list[Drift]:
    """What a watch tells of the days that `draw` makes; `draw` gets the number of the day."""
    watch = watch or DriftWatch()
    generator = np.random.default_rng(1)
    return [
        drift for day in range(days) for drift in watch.update(START + day, draw(day, generator))
    ]


def step(day: int, generator: np.random.Generator) -> Values:
    """Of two series one moves by half a standard deviation on day 150."""
    moved = normal(generator, 0.5 if day >= 150 else 0.0)
    return {"feature:recency": moved, "score": normal(generator)}


def test_forty_series_that_do_not_move_are_silent_for_a_year() -> None:
    assert watched(lambda _, random: {name: normal(random) for name in NAMES}, 435) == []


def test_the_days_of_the_week_may_differ() -> None:
    def weekly(day: int, random: np.random.Generator) -> Values:
        return {name: normal(random, 0.2 * (day % 7)) for name in NAMES[:5]}

    assert watched(weekly, 435) == []


def test_a_shift_is_told_once_with_what_moved_from_what_to_what() -> None:
    (drift,) = watched(step, 300)
    assert (drift.name, drift.kind) == ("feature:recency", "feature")
    assert 150 < drift.day - START < 160
    assert drift.since == START + 150
    assert drift.before == pytest.approx(0.0, abs=0.05)
    assert drift.after == pytest.approx(0.5, abs=0.2)
    assert drift.effect == pytest.approx(0.5, abs=0.2)
    assert drift.p_value < 1e-5
    assert drift.text.startswith("feature recency rose from ")
    assert " around 2011-06-25 (by 0." in drift.text


def test_a_second_shift_is_told_again() -> None:
    def stairs(day: int, random: np.random.Generator) -> Values:
        return {"score": normal(random, float(day >= 150) - 2.0 * (day >= 300))}

    first, second = watched(stairs, 435)
    assert first.effect > 0.0 > second.effect
    assert "score rose" in first.text
    assert "score fell" in second.text
    assert second.before == pytest.approx(1.0, abs=0.2)


def test_one_odd_day_is_no_drift() -> None:
    def odd(day: int, random: np.random.Generator) -> Values:
        return {"score": normal(random, 5.0 if day == 200 else 0.0)}

    assert watched(odd, 300) == []


def test_weeks_without_one_rare_event_are_no_drift() -> None:
    def rare(day: int, _: np.random.Generator) -> Values:
        return {"feature:rare": np.eye(1, 30)[0] * (day % 9 == 0 and day < 280)}

    assert watched(rare, 288) == []


def test_a_shift_too_small_to_matter_is_not_told() -> None:
    def slight(day: int, random: np.random.Generator) -> Values:
        return {"score": random.normal(size=20_000) + (0.05 if day >= 150 else 0.0)}

    assert watched(slight, 200) == []


@pytest.mark.parametrize("level", [0.0, 3.3, 1e9])
def test_a_constant_is_silent_until_it_changes(level: float) -> None:
    def constant(day: int, _: np.random.Generator) -> Values:
        return {"feature:constant": np.full(30, level + (level + 1.0) * (day >= 200))}

    (drift,) = watched(constant, 300)
    assert (drift.since - START, drift.day - START) == (200, 201)
    assert drift.before == pytest.approx(level)
    assert drift.after == pytest.approx(2.0 * level + 1.0)
    assert drift.text.endswith("(it hardly varied)")
    assert all(map(math.isfinite, (drift.after, drift.effect, drift.p_value)))


@pytest.mark.parametrize("pause", [60, 400])
def test_a_closed_shop_is_no_drift(pause: int) -> None:
    generator = np.random.default_rng(1)
    watch = DriftWatch()
    for day in [*range(150), *range(150 + pause, 400 + pause)]:
        assert watch.update(START + day, {"score": normal(generator)}) == []


@pytest.mark.parametrize("opened", range(7))
def test_a_shop_may_open_again_on_any_weekday(opened: int) -> None:
    generator = np.random.default_rng(1)
    watch = DriftWatch()
    for day in [*range(150), *range(203 + opened, 260)]:
        values = normal(generator, 0.2 * (day % 7))
        assert watch.update(START + day, {"score": values}) == []


def test_values_beyond_all_bounds_stay_figures() -> None:
    def wild(day: int, random: np.random.Generator) -> Values:
        value = [1e300, -1e12, math.nan, math.inf, 1.0][day % 5]
        return {"feature:wild": np.array([value, *random.normal(size=3)])}

    watch = DriftWatch()
    for drift in watched(wild, 200, watch):
        assert all(map(math.isfinite, (drift.before, drift.after, drift.effect, drift.p_value)))
    orjson.dumps(watch.to_json())


rows = st.lists(st.floats(-1e13, 1e13) | st.just(math.nan), max_size=8)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_a_day_s_values_does_not_matter(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Block.of(shuffled) == Block.of(values)


@given(st.permutations(NAMES[-6:]), st.integers(0, 100))
@settings(max_examples=20)
def test_the_order_of_the_names_does_not_matter_and_features_are_left_out_first(
    names: list[str], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    values = {name: normal(generator) for name in names}
    one, other = DriftWatch(capacity=4), DriftWatch(capacity=4)
    one.update(START, values)
    other.update(START, dict(sorted(values.items())))
    assert one.to_json() == other.to_json()
    assert one.names == ("base_rate", "feature:34", "log_loss:linear", "score")


@pytest.mark.parametrize("cut", [1, 40, 151, 160, 250])
def test_a_restored_watch_goes_on_bit_for_bit(cut: int) -> None:
    whole, part = DriftWatch(), DriftWatch()
    generator = np.random.default_rng(1)
    for day in range(300):
        values = step(day, generator)
        told = whole.update(START + day, values)
        if day == cut:
            part = DriftWatch.from_json(orjson.loads(orjson.dumps(part.to_json())))
        assert part.update(START + day, values) == told
    assert part.to_json() == whole.to_json()


def test_memory_is_bounded_and_what_is_gone_makes_room() -> None:
    watch = DriftWatch()
    many = {f"feature:{number:03d}": np.ones(1) for number in range(3 * CAPACITY)}
    watch.update(START, many)
    assert len(watch.names) == CAPACITY
    size = len(orjson.dumps(watch.to_json()))
    assert size < 2_100 * CAPACITY
    for day in range(1, 300):
        watch.update(START + day, {"feature:late": np.ones(1)})
        assert len(orjson.dumps(watch.to_json())) <= size
    assert watch.names == ("feature:late",)


def test_blocks_and_values_are_the_same() -> None:
    one, other = DriftWatch(), DriftWatch()
    one.update(START, {"score": np.array([0.25, 0.5])})
    other.update(START, {"score": Block(2.0, 0.75, 0.3125)})
    assert one.to_json() == other.to_json()


def test_days_go_forward() -> None:
    watch = DriftWatch()
    watch.update(START, {})
    for day in (START, START - 1):
        with pytest.raises(ValueError, match=f"day {day} is not after day {START}"):
            watch.update(day, {})


@pytest.mark.parametrize("name", ["recency", "", "Score", "feature.recency"])
def test_a_name_of_no_kind_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="begins with one of feature, score"):
        DriftWatch().update(START, {name: np.ones(1)})


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="'drift/9'"):
        DriftWatch.from_json({"format": "drift/9"})


@pytest.mark.parametrize(("level", "capacity"), [(0.0, 1), (1.0, 1), (math.nan, 1), (0.1, 0)])
def test_a_senseless_watch_is_refused(level: float, capacity: int) -> None:
    with pytest.raises(ValueError, match="give"):
        DriftWatch(level, capacity)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("feature:recency", "feature recency"),
        ("base_rate", "base rate"),
        ("score:linear", "score of linear"),
        ("log_loss:a:b", "log loss of a:b"),
    ],
)
def test_a_drift_is_told_in_words(name: str, words: str) -> None:
    drift = Drift(name, "score", START + 9, START, 0.5, 0.25, -0.5, 1e-6)
    text = f"{words} fell from 0.5 to 0.25 around 2011-01-26 (by 0.50 sd)"
    assert drift.text == text
