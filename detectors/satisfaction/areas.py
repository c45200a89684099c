"""Areas: what a customer was unhappy about (D11, D12): cause, product, channel, or its answers."""

from collections.abc import Iterable

from detectors.customer.state import CustomerState, Settled
from detectors.durations import DAY
from detectors.policy import Satisfaction
from detectors.satisfaction.surveys import CSAT, DETRACTOR, NPS, answers_within
from schemas.satisfaction import Dimension

AreaName = tuple[Dimension, str]

REST = ""
"""Name of all areas of a dimension that are not counted one by one."""


def areas_at(
    state: CustomerState, summary: Settled, day: int, policy: Satisfaction
) -> set[AreaName]:
    """The customer's areas as of the end of `day`, from what was known by then.

    Of complaints opened within the window, the cause stated by then, product and channel; of
    surveys, a bad answer. `summary`: that of the same day.
    """
    window = policy.window // DAY
    first, end = (day + 1.0 - window) * DAY, (day + 1.0) * DAY
    found: set[AreaName] = set()
    for case in state.complaints:
        if not first <= case.opened_at < end:
            continue
        if case.cause not in ("", "unknown") and case.cause_at < end:
            found.add(("cause", case.cause))
        product, _, channel = case.about or ("", "", "")
        if product:
            found.add(("product", product))
        if channel:
            found.add(("channel", channel))
    if summary.measures:
        csat = answers_within(summary, CSAT, day, window)
        if csat is not None and csat.newest <= policy.dissatisfied_at:
            found.add(("survey", "dissatisfied"))
        nps = answers_within(summary, NPS, day, window)
        if nps is not None and nps.newest <= DETRACTOR:
            found.add(("survey", "detractor"))
    return found


class AreaCounts:
    """Numbers of each area, bounded: of each dimension the largest, and the rest in one."""

    def __init__(self, most: int) -> None:
        """`most`: areas of a dimension that are counted one by one."""
        self.most = most
        self._sums: dict[AreaName, list[float]] = {}

    def add(self, area: AreaName, numbers: Iterable[float]) -> None:
        """Add to the numbers of an area; the first number is what ranks it (its customers)."""
        sums = self._sums.get(area)
        if sums is None:
            self._sums[area] = list(numbers)
            return
        for place, number in enumerate(numbers):
            sums[place] += number

    def merge(self, other: "AreaCounts") -> None:
        """Add those of another, then hold the bound."""
        for area, numbers in other.items():
            self.add(area, numbers)
        self.bound()

    def bound(self) -> None:
        """Put all but the largest of each dimension into its rest."""
        by_dimension: dict[str, list[AreaName]] = {}
        for area in self._sums:
            if area[1] != REST:
                by_dimension.setdefault(area[0], []).append(area)
        for areas in by_dimension.values():
            if len(areas) <= self.most:
                continue
            areas.sort(key=lambda area: (-self._sums[area][0], area))
            for area in areas[self.most :]:
                self.add((area[0], REST), self._sums.pop(area))

    def items(self) -> list[tuple[AreaName, list[float]]]:
        """The areas with their numbers, in order of their names."""
        return sorted(self._sums.items())

    def get(self, area: AreaName) -> list[float] | None:
        """The numbers of an area."""
        return self._sums.get(area)
