"""How fast labels usually come: what a model that follows the world measures its time by."""

import math
from collections.abc import Sequence
from typing import Self

MEMORY_DAYS = 90.0
"""Days over which the usual number of labels a day is taken (exponentially): a quiet month must not
become usual."""


class Pace:
    """Tells how many days' worth of labels has come.

    Time is worth what the labels show of it: a day with a tenth of the usual labels is a tenth of a
    day, one with more than usual is one day. So a handful of labels from a quiet stretch, often of
    other customers than the usual ones, cannot turn what all the others have taught.

    >>> pace = Pace()
    >>> for labels in [200] * 300 + [20]:
    ...     pace.advance(1.0)
    ...     days = pace.days_for(labels)
    >>> round(days, 1)
    0.1
    """

    def __init__(self) -> None:
        self._labels = 0.0
        self._days = 0.0
        self._waiting = 0.0
        self._heard = False

    def advance(self, days: float) -> None:
        """Let `days` ≥ 0 pass. Days without any label wait for the next one."""
        if self._heard:
            self._waiting, self._heard = 0.0, False
        fade = math.exp(-days / MEMORY_DAYS)
        self._labels *= fade
        self._days = self._days * fade + days
        self._waiting += days

    def days_for(self, labels: int) -> float:
        """Of the days that wait, those that `labels` > 0 more are worth; they wait no longer."""
        self._labels += labels
        self._heard = True
        usual = self._labels / max(self._days, 1.0)
        days = min(self._waiting, labels / usual)
        self._waiting -= days
        return days

    def to_json(self) -> list[float]:
        """All of it as JSON values."""
        return [self._labels, self._days, self._waiting, float(self._heard)]

    @classmethod
    def from_json(cls, data: Sequence[float]) -> Self:
        """What `to_json` wrote. Raises ValueError for other than four numbers of 0 or more."""
        if len(data) != 4 or not all(0.0 <= value < math.inf for value in data):
            raise ValueError(f"pace is {list(data)}: it has four numbers of 0 or more")
        pace = cls()
        pace._labels, pace._days, pace._waiting, heard = map(float, data)
        pace._heard = bool(heard)
        return pace
