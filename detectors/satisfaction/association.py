"""Which areas go with churn: matured labels of customers with and without, over a moving window."""

from collections.abc import Iterable, Mapping
from typing import Any

from detectors.durations import DAY
from detectors.policy import Satisfaction
from detectors.satisfaction.areas import AreaCounts
from schemas.satisfaction import SatisfactionFact

PERIODS = 4
"""The window moves on by such a part of it, so that few sums must be kept."""


class LabelHistory:
    """Labels, leavers, and the same of each area, by periods; bounded whatever comes."""

    def __init__(self, policy: Satisfaction) -> None:
        self._policy = policy
        self._length = max(policy.label_window // DAY // PERIODS, 1)
        self._until = 0
        self._totals: dict[int, list[int]] = {}
        self._areas: dict[int, AreaCounts] = {}

    def take(self, day: int, fact: SatisfactionFact) -> None:
        """Add the labels that matured on `day`, unless all of that day was settled before."""
        if day <= self._until or not fact.labels[0]:
            return
        period = day // self._length
        totals = self._totals.setdefault(period, [0, 0])
        totals[0] += fact.labels[0]
        totals[1] += fact.labels[1]
        areas = self._areas.setdefault(period, AreaCounts(self._policy.areas))
        for dimension, name, number, left in fact.area_labels:
            areas.add((dimension, name), (number, left))
        areas.bound()

    def settle(self, day: int) -> None:
        """No more of the days up to `day` will be taken; what is older than the window goes."""
        self._until = max(self._until, day)
        oldest = self._until // self._length - PERIODS
        for period in [period for period in self._totals if period < oldest]:
            del self._totals[period], self._areas[period]

    def sums(
        self, further: Iterable[tuple[int, SatisfactionFact]] = ()
    ) -> tuple[tuple[int, int], AreaCounts]:
        """Labels and leavers of the window, and of each area; with those of days not settled.

        `further`: days with their facts; those of settled days are contained already.
        """
        number = sum(totals[0] for totals in self._totals.values())
        left = sum(totals[1] for totals in self._totals.values())
        areas = AreaCounts(self._policy.areas)
        for _, counts in sorted(self._areas.items()):
            areas.merge(counts)
        for day, fact in further:
            if day <= self._until:
                continue
            number += fact.labels[0]
            left += fact.labels[1]
            for dimension, name, *counted in fact.area_labels:
                areas.add((dimension, name), counted)
        areas.bound()
        return (number, left), areas

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "until": self._until,
            "periods": [
                [period, *totals, [[*area, *numbers] for area, numbers in areas.items()]]
                for (period, totals), (_, areas) in zip(
                    sorted(self._totals.items()), sorted(self._areas.items()), strict=True
                )
            ],
            "length": self._length,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from what `to_json` gave. Periods of another length (an older policy) are left."""
        if not data:
            return
        self._until = int(data["until"])
        if data["length"] != self._length:
            return
        for period, number, left, areas in data["periods"]:
            self._totals[period] = [number, left]
            counts = self._areas[period] = AreaCounts(self._policy.areas)
            for dimension, name, *numbers in areas:
                counts.add((dimension, name), numbers)
