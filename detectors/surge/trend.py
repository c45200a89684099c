"""What all series have in common lately: growth and season, seen in the total first."""

from collections.abc import Mapping
from typing import Any

from detectors.surge.baseline import clip_of

HALF_LIFE = 7.0
"""Days after which the total counts half."""
STEADY = 200.0
"""Complaints' worth of belief that there is no trend."""
LARGEST = 2.0
"""The trend is held between 1/LARGEST and LARGEST."""


class Trend:
    """How the total of the last days stands to its slow level: a factor for every series.

    A series alone is too thin to tell growth from chance; the total is not. The fast level is of
    the same kind as the slow ones of `baseline`, and is drawn to the slow one.
    """

    def __init__(self) -> None:
        self.factor = 1.0
        self._count = 0.0
        self._days = 0.0

    def learn(self, count: float, taken: float, weekday: float, level: float, shape: float) -> None:
        """Take the total of a day: what no incident explains, and what incidents took.

        `weekday`: the day's factor; `level`: the slow one; `shape`: that of its forecast.
        """
        usual = level * weekday * self.factor
        seen = max(count, min(usual, count + taken))
        seen = min(seen, float(clip_of(usual, shape)))
        keep = 0.5 ** (1.0 / HALF_LIFE)
        self._count = self._count * keep + seen
        self._days = self._days * keep + weekday
        fast = (self._count + STEADY) / (self._days + STEADY / level)
        self.factor = min(max(fast / level, 1.0 / LARGEST), LARGEST)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"factor": self.factor, "count": self._count, "days": self._days}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Trend":
        """What `to_json` wrote."""
        found = cls()
        found.factor, found._count, found._days = data["factor"], data["count"], data["days"]
        return found
