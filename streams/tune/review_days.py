"""The moments at which the live system looks at its customers without any event."""

from collections.abc import Sequence

from detectors.customer.grid import next_review
from streams.backtest.targets import Target


class ReviewDays:
    """Each customer of the population on its own grid days, `interval` days apart."""

    def __init__(self, interval: int) -> None:
        self._interval = interval
        self._given = 0

    @property
    def last_day(self) -> None:
        """Reviews end with the data."""
        return None

    def due(self, day: int, first_day: int, target: Target) -> Sequence[tuple[int, str]]:
        """Those of the population whose grid day is `day`."""
        customers = [
            customer
            for customer in target.population(day)
            if next_review(customer, day - 1, self._interval) == day
        ]
        begin = self._given
        self._given += len(customers)
        return list(enumerate(customers, begin))
