"""A shop whose complaints are usual until a test adds a surge, and what is told of them."""

import random
from collections.abc import Iterable

from detectors.durations import DAY, HOUR
from detectors.policy import Surge
from detectors.surge.incident import OpenIncident
from detectors.surge.recent import Complained
from detectors.surge.watch import SurgeWatch

BEGIN = 20_000 * DAY
"""The first moment (epoch s)."""
PRODUCTS = 12
CAUSES = ("product_defect", "poor_service", "broken_promise")
CHANNELS = ("web", "shop")
REGIONS = ("north", "south", "west")


def complaint(
    at: float,
    customer: str,
    *,
    product: str | None = "p-1",
    cause: str | None = None,
    channel: str | None = None,
    region: str | None = None,
    value: float = 100.0,
) -> Complained:
    """One complaint."""
    values = (product, None, cause, channel, region)
    return Complained(at, customer, f"{customer}@{at:.0f}", value, values)


def usual(days: float, *, a_day: float = 10.0, seed: int = 0) -> list[Complained]:
    """Complaints by chance, evenly over the time and all values, each by another customer."""
    chance = random.Random(seed)
    found: list[Complained] = []
    at = float(BEGIN)
    while True:
        at += chance.expovariate(a_day / DAY)
        if at >= BEGIN + days * DAY:
            return found
        found.append(
            complaint(
                at,
                f"usual-{len(found)}",
                product=f"p-{chance.randrange(PRODUCTS)}",
                cause=chance.choice(CAUSES),
                channel=chance.choice(CHANNELS),
                region=chance.choice(REGIONS),
            )
        )


def surge(
    begin: float,
    hours: float,
    number: int,
    *,
    product: str | None = "p-1",
    cause: str | None = None,
) -> list[Complained]:
    """So many more complaints in so many hours, evenly; all else by turns."""
    return [
        complaint(
            begin + hours * HOUR * (i + 0.5) / number,
            f"surge-{begin:.0f}-{i}",
            product=product or f"p-{i % PRODUCTS}",
            cause=cause or CAUSES[i % len(CAUSES)],
            channel=CHANNELS[i % len(CHANNELS)],
            region=REGIONS[i % len(REGIONS)],
            value=float(i),
        )
        for i in range(number)
    ]


class Story:
    """A watch, and the steps of incidents that it told."""

    def __init__(self, policy: Surge | None = None) -> None:
        self.steps: list[tuple[str, float, OpenIncident]] = []
        self.because: list[str] = []
        self.watch = SurgeWatch(policy or Surge(), self._tell)

    def take(self, complaints: Iterable[Complained]) -> "Story":
        """Take complaints in order of time."""
        for each in sorted(complaints, key=lambda c: c.at):
            self.watch.take(each)
        return self

    @property
    def stages(self) -> list[str]:
        """The stages told, in order."""
        return [stage for stage, _, _ in self.steps]

    def at(self, stage: str) -> list[float]:
        """When a stage was told (epoch s)."""
        return [at for told, at, _ in self.steps if told == stage]

    def _tell(self, stage: str, incident: OpenIncident, at: float, because: str) -> None:
        self.steps.append((stage, at, incident))
        self.because.append(because)
