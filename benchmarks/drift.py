"""How often drift is found where there is none, and how late where there is: ours and River's.

`python -m benchmarks.drift` prints the tables of docs/models.md; `--series` says how many series
are simulated for each line (default 2,000: fifty times forty, each for a year).
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import drift
from scipy.stats import gamma  # type: ignore[import-untyped]

from detectors.models.drift import Block, DriftWatch

Array = NDArray[np.float64]
Alarms = list[tuple[int, int]]
"""Series and day of every alarm."""

River: Any = drift
"""River is not typed."""
YEAR = 365
WARM_UP = 70
"""Days before the year, in which nothing can be found yet."""
TOGETHER = 40
"""Rates are stated for so many series watched together."""
CLOSED = slice(200, 260)
SHIFTED_AFTER = 196
PATIENCE = 56
SHIFTS = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class World:
    """How daily means behave when nothing drifts, in standard deviations of single values."""

    name: str
    rows: float = 100.0
    """Values a day."""
    uneven: float = 0.0
    """Standard deviation of the log of the rows, from day to day."""
    shared: float = 0.0
    """Standard deviation of what all values of a day have in common."""
    memory: float = 0.0
    """Its autocorrelation from day to day."""
    odd: bool = False
    """Whether it is now and then huge (Student's t, 3 degrees of freedom)."""
    weekly: float = 0.0
    """Standard deviation of the weekdays' means, and of the log of their rows."""
    missing: float = 0.0
    """Share of the days without any value, the same for all series."""
    closed: bool = False
    """Whether there is no value at all for two months of the year."""
    rare: float = 0.0
    """Values are 0 or 1, with this rate of ones; else they are normal."""


WORLDS = (
    World("independent"),
    World("three rows a day", rows=3.0),
    World("uneven days", uneven=1.0),
    World("rare events, 2 %", rare=0.02),
    World("weekly season", weekly=0.7),
    World("weekly season, days missing", weekly=0.7, missing=0.1),
    World("weekly season, closed for two months", weekly=0.7, closed=True),
    World("odd days", shared=0.3, odd=True),
    World("memory 0.5", shared=0.3, memory=0.5),
    World("memory 0.8", shared=0.3, memory=0.8),
    World("memory 0.8 and weekly season", shared=0.3, memory=0.8, weekly=0.7),
    World("the same, closed for two months", shared=0.3, memory=0.8, weekly=0.7, closed=True),
    World("memory 0.9", shared=0.3, memory=0.9),
    World("memory 0.95", shared=0.3, memory=0.95),
)


CHANGES: Mapping[str, Callable[[Array], Any]] = {
    "a trend of 1 sd a year": lambda day: day / YEAR,
    "a yearly wave of ±0.3 sd": lambda day: 0.3 * np.sin(2.0 * np.pi * day / YEAR),
    "four weeks a year of 0.5 sd": lambda day: 0.5 * ((day % YEAR >= 330) & (day % YEAR < 358)),
}
"""Changes that are no single step, as the mean by day."""


@dataclass(frozen=True, slots=True)
class Days:
    """Simulated series × days."""

    counts: Array
    means: Array
    squares: Array
    """Mean of the squared values."""


def simulate(world: World, series: int, days: int, *, seed: int = 1, shift: float = 0.0) -> Days:
    """Days of a world; from day `SHIFTED_AFTER` on, every value is larger by `shift`."""
    random = np.random.default_rng(seed)
    shape = (series, days)
    weekday = np.arange(days) % 7
    level = np.exp(world.uneven * random.normal(size=shape))
    level *= np.exp(world.weekly * random.normal(size=7))[weekday]
    counts = random.poisson(world.rows * level).astype(np.float64)
    counts[:, np.random.default_rng(seed).random(days) < world.missing] = 0.0
    if world.closed:
        counts[:, CLOSED] = 0.0
    means = _shared(world, shape, random)
    means += (world.weekly * random.normal(size=(series, 7)))[:, weekday]
    means[:, SHIFTED_AFTER:] += shift
    if world.rare:
        rate = world.rare + shift * np.sqrt(world.rare) * (np.arange(days) >= SHIFTED_AFTER)
        ones = random.binomial(counts.astype(np.int64), np.clip(rate, 0.0, 1.0))
        means = ones / np.maximum(counts, 1.0)
        return Days(counts, means, means)
    means += random.normal(size=shape) / np.sqrt(np.maximum(counts, 1.0))
    return Days(counts, means, means**2 + 1.0)


def _shared(world: World, shape: tuple[int, int], random: np.random.Generator) -> Array:
    if world.odd:
        heavy: Array = random.standard_t(3, size=shape) * world.shared / np.sqrt(3.0)
        return heavy
    noise: Array = random.normal(size=shape) * world.shared
    shared = noise.copy()
    for day in range(1, shape[1]):
        fresh = np.sqrt(1.0 - world.memory**2) * noise[:, day]
        shared[:, day] = world.memory * shared[:, day - 1] + fresh
    return shared


def ours(data: Days) -> Alarms:
    """The alarms of a `DriftWatch` over all series."""
    series = len(data.means)
    watch = DriftWatch(capacity=series)
    names = [f"feature:{number:06d}" for number in range(series)]
    sums, squares = data.counts * data.means, data.counts * data.squares
    found: Alarms = []
    for day in range(data.means.shape[1]):
        rows = zip(data.counts[:, day], sums[:, day], squares[:, day], strict=True)
        blocks = {name: Block(*row) for name, row in zip(names, rows, strict=True)}
        found += [(int(moved.name[-6:]), day) for moved in watch.update(day, blocks)]
    return found


def rivals() -> Mapping[str, Callable[[Days], Alarms]]:
    """River's detectors on the daily means, with their defaults, and ADWIN on every single row."""
    return {
        "ADWIN, daily means": lambda data: _river(data, partial(River.ADWIN, clock=1)),
        "PageHinkley, daily means": lambda data: _river(data, River.PageHinkley),
        "KSWIN, daily means": lambda data: _river(data, partial(River.KSWIN, seed=1)),
        "ADWIN, every row": _adwin_on_rows,
    }


def _river(data: Days, make: Callable[[], Any]) -> Alarms:
    found: Alarms = []
    for series, means in enumerate(data.means):
        detector = make()
        for day, mean in enumerate(means):
            detector.update(float(mean))
            if detector.drift_detected:
                found.append((series, day))
    return found


def _adwin_on_rows(data: Days) -> Alarms:
    random = np.random.default_rng(2)
    found: Alarms = []
    for series, (counts, means) in enumerate(zip(data.counts, data.means, strict=True)):
        detector = River.ADWIN()
        for day, (count, mean) in enumerate(zip(counts.astype(int), means, strict=True)):
            rows = random.normal(size=count)
            for value in mean + rows - rows.mean() if count else ():
                detector.update(float(value))
                if detector.drift_detected:
                    found.append((series, day))
    return found


def false_alarms(alarms: Alarms, series: int) -> tuple[float, float]:
    """Alarms a year of `TOGETHER` series, and the upper limit of its 95 % interval (Poisson)."""
    count = sum(day >= WARM_UP for _, day in alarms)
    return count * TOGETHER / series, float(gamma.ppf(0.975, count + 1)) * TOGETHER / series


def delays(alarms: Alarms, series: int) -> tuple[float, float | None]:
    """Share of shifts found within `PATIENCE` days, and the median of the days until then."""
    first: dict[int, int] = {}
    for number, day in alarms:
        if 0 <= day - SHIFTED_AFTER < PATIENCE:
            first.setdefault(number, day - SHIFTED_AFTER + 1)
    return len(first) / series, float(np.median(list(first.values()))) if first else None


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(heads)]
    lines.append(["---"] * len(lines[0]))
    lines += [list(row) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def false_alarm_table(series: int) -> str:
    """False alarms of all detectors in all worlds; River's on a tenth of the series, rows on 40."""
    rows = []
    for world in WORLDS:
        data = simulate(world, series, WARM_UP + YEAR)
        rate, upper = false_alarms(ours(data), series)
        cells = [world.name, f"{rate:.2f} (≤ {upper:.2f})"]
        for name, find in rivals().items():
            few = min(series, TOGETHER if name.endswith("row") else max(TOGETHER, series // 10))
            part = Days(data.counts[:few], data.means[:few], data.squares[:few])
            cells.append(f"{false_alarms(find(part), few)[0]:.0f}")
        rows.append(cells)
    return table(("nothing drifts", "churnstream", *rivals()), rows)


def delay_table(series: int) -> str:
    """Share found and median delay by size of the shift; ours in several worlds, then River's."""
    rows = []
    for world in WORLDS:
        if world.memory in (0.0, 0.8) and not world.odd and not world.closed:
            rows.append([world.name, *_delays(world, series, ours)])
    for name, find in rivals().items():
        if not name.endswith("row"):
            rows.append([f"{WORLDS[0].name}: {name}", *_delays(WORLDS[0], series, find)])
    return table(("shift of", *(f"{shift:g} sd" for shift in SHIFTS)), rows)


def _delays(world: World, series: int, find: Callable[[Days], Alarms]) -> list[str]:
    cells = []
    for shift in SHIFTS:
        data = simulate(world, series, SHIFTED_AFTER + PATIENCE, seed=3, shift=shift)
        share, median = delays(find(data), series)
        cells.append("–" if median is None else f"{share:.0%}, {median:.0f} d")
    return cells


def change_table(series: int) -> str:
    """Alarms a year of one series that changes otherwise than in a step."""
    worlds = [world for world in WORLDS if world.name in ("independent", "memory 0.8")]
    rows = []
    for name, level in CHANGES.items():
        cells = [name]
        for world in worlds:
            data = simulate(world, series, WARM_UP + YEAR)
            means = data.means + level(np.arange(WARM_UP + YEAR, dtype=np.float64))
            found = ours(Days(data.counts, means, data.squares - data.means**2 + means**2))
            cells.append(f"{false_alarms(found, series)[0] / TOGETHER:.2f}")
        rows.append(cells)
    return table(("alarms a series and year", *(world.name for world in worlds)), rows)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=2000, help="series simulated for each line")
    series = parser.parse_args().series
    print(f"False alarms a year of {TOGETHER} series ({series:,} simulated)\n")
    print(false_alarm_table(series))
    print(f"\nFound within {PATIENCE} days, and median delay\n")
    print(delay_table(max(20, series // 10)))
    print("\nChanges that are no step\n")
    print(change_table(max(20, series // 10)))


if __name__ == "__main__":
    main()
