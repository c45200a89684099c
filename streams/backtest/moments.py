"""When a backtest scores, and whom: at regular cut-offs, or as a file of rows names them."""

from collections.abc import Sequence
from typing import Protocol

from streams.backtest.targets import Target


class Moments(Protocol):
    """Asked at the end of each day for the rows to score then."""

    @property
    def last_day(self) -> int | None:
        """The last day with rows, if known; days after the last event are run up to it."""

    def due(self, day: int, first_day: int, target: Target) -> Sequence[tuple[int, str]]:
        """Place in the result and customer of each row to score at the end of `day`.

        `first_day` is that of the first event.
        """


class Cutoffs:
    """Every `step` days from the first day of data: all of the target's population.

    `first` and `last` (day numbers, None: no bound) hold the cut-offs within a span.
    """

    def __init__(self, step: int, first: int | None = None, last: int | None = None) -> None:
        if step < 1:
            raise ValueError(f"step = {step}: permitted is 1 day or more")
        self._step = step
        self._first = first
        self._last = last
        self._given = 0

    @property
    def last_day(self) -> None:
        """Cut-offs end with the data."""
        return None

    def due(self, day: int, first_day: int, target: Target) -> Sequence[tuple[int, str]]:
        """The population on a cut-off day, no row on others."""
        if (
            (day - first_day) % self._step
            or (self._first is not None and day < self._first)
            or (self._last is not None and day > self._last)
        ):
            return []
        customers = target.population(day)
        begin = self._given
        self._given += len(customers)
        return list(enumerate(customers, begin))


class NamedRows:
    """Customers and days as somebody asked for them; the result keeps their order."""

    def __init__(self, rows: Sequence[tuple[str, int]]) -> None:
        self.rows = rows
        self._by_day: dict[int, list[tuple[int, str]]] = {}
        for place, (customer, day) in enumerate(rows):
            self._by_day.setdefault(day, []).append((place, customer))

    @property
    def last_day(self) -> int | None:
        """The latest day asked for."""
        return max(self._by_day, default=None)

    def due(self, day: int, first_day: int, target: Target) -> Sequence[tuple[int, str]]:
        """The rows of that day."""
        return self._by_day.get(day, [])

    def before(self, day: int) -> list[tuple[int, str, int]]:
        """Place, customer and day of the rows that lie before `day`."""
        return [
            (place, customer, asked)
            for asked, rows in self._by_day.items()
            if asked < day
            for place, customer in rows
        ]
