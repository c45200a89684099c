"""One incident from the first sign until it has subsided: what it has counted, and when it ends."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from detectors.surge.affected import Affected
from detectors.surge.calendar import HOUR, worth
from detectors.surge.recent import Complained
from detectors.surge.series import DIMENSIONS, Key
from detectors.surge.tail import Array, shape_of, tail

MOST_EVIDENCE = 10
"""Complaints named."""
MOST_VALUES = 64
"""Values counted of each dimension, to say what the complaints have in common."""


class Usual(msgspec.Struct, array_like=True, gc=False):
    """The forecast for the incident's series as it was when the surge was seen."""

    level: float
    """Complaints in a usual day."""
    factors: list[float]
    """Weekday factors, by day number modulo 7."""
    weight: float
    dispersion: float

    def expected(self, start: float, end: float, hours: Array) -> float:
        """Complaints to be expected between two moments (epoch s)."""
        return self.level * float(np.dot(self.factors, worth(start, end, hours)))


class OpenIncident:
    """An incident that lasts. Times in epoch seconds."""

    def __init__(
        self, incident_id: str, key: Key, started_at: float, opened_at: float, usual: Usual
    ) -> None:
        self.incident_id = incident_id
        self.key: Key = key
        self.started_at = started_at
        self.opened_at = opened_at
        self.usual = usual
        self.ended_at = 0.0
        """0 while it lasts."""
        self.p_value = 1.0
        self.expected = 0.0
        """Complaints to be expected since it began, when it was told of last."""
        self.observed = 0
        self.told = 0
        """`observed` when it was told of last."""
        self.updates = 0
        self.affected = Affected()
        self.evidence: list[str] = []
        self.values: list[dict[str, int]] = [{} for _ in DIMENSIONS]
        self._hours: dict[int, int] = {}

    def add(self, complaint: Complained) -> None:
        """Count a complaint that it explains."""
        self.affected.add(complaint.customer_id, complaint.value)
        if len(self.evidence) < MOST_EVIDENCE:
            self.evidence.append(complaint.complaint_id)
        for counts, value in zip(self.values, complaint.values, strict=True):
            if value is not None and (value in counts or len(counts) < MOST_VALUES):
                counts[value] = counts.get(value, 0) + 1
        self.add_number(int(complaint.at // HOUR), 1)

    def add_number(self, hour: int, number: int) -> None:
        """Count complaints of which nothing but the hour is known."""
        self.observed += number
        self._hours[hour] = self._hours.get(hour, 0) + number

    def forget(self, before: int) -> None:
        """Drop the hourly counts from before an hour."""
        for hour in [hour for hour in self._hours if hour < before]:
            del self._hours[hour]

    def since(self, start: float) -> int:
        """Complaints since the beginning of the hour of `start`."""
        return sum(number for hour, number in self._hours.items() if hour >= start // HOUR)

    def is_calm(self, at: float, calm: float, p_value: float, hours: Array) -> bool:
        """Whether the last `calm` seconds before `at`, a full hour, were as usual.

        As usual: so many would come by chance with a probability of more than `p_value`.
        """
        if at - calm < self.opened_at:
            return False
        observed = self.since(at - calm)
        if observed <= 1:
            return True
        expected = self.usual.expected(at - calm, at, hours)
        shape = shape_of(self.usual.weight, self.usual.dispersion)
        return bool(tail(float(observed), expected, shape) > p_value)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "incident_id": self.incident_id,
            "key": self.key,
            "started_at": self.started_at,
            "opened_at": self.opened_at,
            "usual": msgspec.to_builtins(self.usual),
            "p_value": self.p_value,
            "expected": self.expected,
            "observed": self.observed,
            "told": self.told,
            "updates": self.updates,
            "affected": self.affected.to_json(),
            "evidence": list(self.evidence),
            "values": [dict(counts) for counts in self.values],
            "hours": sorted(self._hours.items()),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "OpenIncident":
        """What `to_json` wrote."""
        found = cls(
            data["incident_id"],
            tuple(data["key"]),
            data["started_at"],
            data["opened_at"],
            msgspec.convert(data["usual"], Usual),
        )
        found.p_value, found.expected = data["p_value"], data["expected"]
        found.observed = data["observed"]
        found.told, found.updates = data["told"], data["updates"]
        found.affected = Affected.from_json(data["affected"])
        found.evidence = list(data["evidence"])
        found.values = [dict(counts) for counts in data["values"]]
        found._hours = {int(hour): int(number) for hour, number in data["hours"]}
        return found
