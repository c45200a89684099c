"""Alarms: which customer is due at which moment of the clock, finer than days (a priority queue).

A customer has one next alarm. The queue is rebuilt from the states after a restart.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from math import inf


class Alarms:
    """Customers by the moment (epoch s) at which they are due."""

    def __init__(self) -> None:
        self._planned: dict[str, float] = {}
        self._queue: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._planned)

    def plan(self, customer_id: str, at: float) -> None:
        """Set the customer's next alarm; 0 takes it out."""
        if not at:
            if self._planned:
                self._planned.pop(customer_id, None)
            return
        if self._planned.get(customer_id) != at:
            self._planned[customer_id] = at
            heappush(self._queue, (at, customer_id))

    def due(self, until: float) -> Iterator[tuple[float, str]]:
        """Moments up to `until` with their customers, in order; each is taken out.

        Whoever is planned anew for a moment within reach comes up again in the same run.
        """
        while self._queue and self._queue[0][0] <= until:
            at, customer_id = heappop(self._queue)
            if self._planned.get(customer_id) == at:
                del self._planned[customer_id]
                yield at, customer_id

    @property
    def none_before(self) -> float:
        """A moment (epoch s) before which none is due."""
        return self._queue[0][0] if self._queue else inf

    def first(self) -> float | None:
        """The earliest alarm (epoch s)."""
        return min(self._planned.values(), default=None)
