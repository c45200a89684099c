"""The complaints of the last eight days, by series and hour."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.models.packing import squeezed, unsqueezed
from detectors.surge.baseline import LAG
from detectors.surge.calendar import HOURS

DAYS = LAG + 1
RING = DAYS * HOURS

Ints = NDArray[np.int64]


class Counts:
    """What no incident explains, by hour; and what incidents took, by day. Row by row."""

    def __init__(self, capacity: int) -> None:
        self._hours = np.zeros((capacity, RING), dtype=np.int32)
        self._taken = np.zeros((capacity, DAYS), dtype=np.int32)

    def begin(self, slot: int) -> None:
        """Another series has the row."""
        self._hours[slot] = self._taken[slot] = 0

    def add(self, rows: Sequence[int], hour: int, number: int = 1) -> None:
        """Count complaints of an hour (since 1970), which must be held, in different rows."""
        self._hours[rows, hour % RING] += number

    def take(self, rows: Sequence[int], hour: int, number: int = 1) -> None:
        """Complaints are explained by an incident; they are not, or no longer, counted."""
        self._taken[rows, hour // HOURS % DAYS] += number

    def new_day(self, n: int, day: int) -> None:
        """Make room for a day (since 1970), in the place of the one eight days before.

        `n`: the first rows, those that are held; there is nothing in the others.
        """
        start = day % DAYS * HOURS
        self._hours[:n, start : start + HOURS] = 0
        self._taken[:n, day % DAYS] = 0

    def back(self, rows: Any, hour: int, hours: int) -> Ints:
        """Counts of `hours` hours, beginning with `hour` and going back, rows × hours."""
        columns = np.arange(hour, hour - hours, -1) % RING
        return np.asarray(self._hours[rows][:, columns], dtype=np.int64)

    def of_day(self, n: int, day: int) -> Ints:
        """Counts of the hours of a day, of the first `n` rows."""
        start = day % DAYS * HOURS
        return np.asarray(self._hours[:n, start : start + HOURS], dtype=np.int64)

    def taken(self, n: int, day: int) -> Ints:
        """How many complaints of a day incidents took from each row."""
        return np.asarray(self._taken[:n, day % DAYS], dtype=np.int64)

    def to_json(self, n: int) -> dict[str, Any]:
        """The first `n` rows as JSON values."""
        return {"hours": squeezed(self._hours[:n]), "taken": squeezed(self._taken[:n])}

    def restore(self, n: int, data: Mapping[str, Any]) -> None:
        """Take up what `to_json` wrote."""
        self._hours[:n] = unsqueezed(data["hours"], "<i4").reshape(n, RING)
        self._taken[:n] = unsqueezed(data["taken"], "<i4").reshape(n, DAYS)
