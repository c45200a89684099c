"""Complaints to look for surges in: real ones of the CFPB, and worlds in which nothing happens."""

import csv
import lzma
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from detectors.durations import DAY
from detectors.surge.recent import Complained
from detectors.surge.series import Values, values_of

DATA = Path(__file__).parents[1] / "examples" / "cfpb" / "complaints.csv.xz"
START = 20_000 * DAY
"""The first moment of a simulated world (epoch s)."""
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 12, 10, 12, 12, 11, 10, 8, 7, 6, 5, 4, 2, 1])
"""How complaints spread over a day, where the data do not say."""
WEEKDAYS = np.array([1.2, 1.2, 1.1, 1.0, 1.1, 0.8, 0.6])
CAUSES = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.03, 0.02])
CHANNELS = np.array([0.5, 0.3, 0.15, 0.05])
CATEGORIES = 10
REGIONS = 8
RESTED = 12
"""A company has a surge again only after so many others."""

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class World:
    """Complaints without any surge: rates that change slowly, and chance."""

    name: str
    rate: float = 60.0
    """Complaints a day at first."""
    products: int = 200
    skew: float = 1.0
    """Exponent of Zipf's law of the products' rates."""
    scatter: float = 0.2
    """Dispersion φ of each product's daily rate (gamma)."""
    shocks: float = 0.02
    """The same of what all products, and all complaints of one cause, have in common on a day."""
    growth: float = 1.0
    """Share by which the rate grows in a year."""
    season: float = 0.3
    """Amplitude of a yearly wave."""
    weekly: bool = True


WORLDS = (
    World("Poisson, steady", scatter=0.0, shocks=0.0, growth=0.0, season=0.0, weekly=False),
    World("negative binomial, weekday, growth, season"),
    World("the same, scatter 0.5, shocks 0.05", scatter=0.5, shocks=0.05),
    World("2,000 products, 200 a day", rate=200.0, products=2_000),
    World("3,000 thin products, 10 a day", rate=10.0, products=3_000, skew=0.3),
)


def simulate(world: World, days: int, seed: int) -> Iterator[Complained]:
    """The complaints of so many days, in order of time."""
    rng = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, world.products + 1) ** world.skew
    regions = rng.dirichlet(np.full(REGIONS, 3.0))
    for day in range(days):
        rate = world.rate * (1.0 + world.growth) ** (day / 365)
        rate *= 1.0 + world.season * np.sin(2.0 * np.pi * day / 365)
        if world.weekly:
            rate *= WEEKDAYS[day % 7] / WEEKDAYS.mean()
        rate *= _factor(rng, world.shocks)
        means = rate * weights / weights.sum() * _factor(rng, world.scatter, world.products)
        products = np.repeat(np.arange(world.products), rng.poisson(means))
        rng.shuffle(products)
        n = len(products)
        causes = CAUSES * _factor(rng, world.shocks, len(CAUSES))
        columns = (
            times_of_day(rng, n),
            products,
            rng.choice(len(CAUSES), n, p=causes / causes.sum()),
            rng.choice(len(CHANNELS), n, p=CHANNELS),
            rng.choice(REGIONS, n, p=regions),
            rng.integers(10**6, size=n),
        )
        for at, product, cause, channel, region, customer in zip(*columns, strict=True):
            values = (
                f"product {product}",
                f"category {product % CATEGORIES}",
                f"cause {cause}",
                f"channel {channel}",
                f"region {region}",
            )
            yield complained(START + day * DAY + float(at), int(customer), values_of(values))


def times_of_day(rng: Rng, number: int) -> Any:
    """So many times of day in order, seconds."""
    hours = rng.choice(24, number, p=HOURS / HOURS.sum())
    return np.sort((hours + rng.random(number)) * 3600.0)


def complained(at: float, customer: int, values: Values) -> Complained:
    """A complaint by a numbered customer."""
    return Complained(at, f"customer {customer}", f"{at:.3f}/{customer}", 100.0, values)


def read_cfpb(seed: int = 0) -> list[Complained]:
    """The real complaints in order: product_id is the company, category the product, region the
    state. They have a date and no time: the time of day is drawn from `HOURS`."""
    with lzma.open(DATA, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rng = np.random.default_rng(seed)
    hours = rng.choice(24, len(rows), p=HOURS / HOURS.sum()) + rng.random(len(rows))
    found = []
    for number, (row, hour) in enumerate(zip(rows, hours, strict=True)):
        date = datetime.fromisoformat(row["Date received"]).replace(tzinfo=UTC)
        named = (row["Company"], row["Product"], None, row["Submitted via"], row["State"] or None)
        found.append(complained(date.timestamp() + float(hour) * 3600.0, number, values_of(named)))
    return sorted(found, key=lambda complaint: complaint.at)


@dataclass(frozen=True, slots=True)
class Injected:
    """A surge of known size: so many complaints about one company within one day."""

    product: str
    base: float
    """Usual complaints a day."""
    start: float
    """Its first moment (epoch s)."""
    size: int


def inject(
    real: Sequence[Complained], sizes: Sequence[int], bases: Sequence[float], seed: int
) -> tuple[list[Complained], list[Injected]]:
    """Real complaints with a surge every ten days from the 100th day on, and what was injected.

    Each surge is one company's whose rate in the year before is the one nearest to the base rate
    asked for; its other values are those of complaints drawn from the same data.
    """
    rng = np.random.default_rng(seed)
    first, last = real[0].at // DAY, real[-1].at // DAY
    asked = [(size, base) for size in sizes for base in bases]
    out, told = list(real), []
    used: deque[str] = deque(maxlen=RESTED)
    for number, day in enumerate(np.arange(first + 100, last - 5, 10.0)):
        size, base = asked[number % len(asked)]
        start = float(day * DAY + rng.integers(24) * 3600)
        rates = _rates(real, start)
        names = [name for name in sorted(rates) if name not in used]
        product = min(names, key=lambda name: abs(np.log(rates[name] / base)))
        used.append(product)
        told.append(Injected(product, rates[product], start, size))
        for at in np.sort(rng.random(size)) * DAY + start:
            other = real[int(rng.integers(len(real)))].values
            out.append(complained(float(at), int(rng.integers(10**9)), (product, *other[1:])))
    return sorted(out, key=lambda complaint: complaint.at), told


def _rates(real: Sequence[Complained], start: float) -> dict[str, float]:
    """Complaints a day of each company in the year before a moment."""
    counts: dict[str, int] = {}
    for complaint in real:
        product = complaint.values[0]
        if start - 365 * DAY <= complaint.at < start and product is not None:
            counts[product] = counts.get(product, 0) + 1
    days = min((start - real[0].at) / DAY, 365.0)
    return {product: count / days for product, count in counts.items()}


def _factor(rng: Rng, dispersion: float, number: int | None = None) -> Any:
    """Gamma with mean 1 and variance `dispersion`."""
    if not dispersion:
        return 1.0
    return rng.gamma(1.0 / dispersion, dispersion, number)
