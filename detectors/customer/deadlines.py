"""Deadlines: which customers are due at the end of which day (a calendar queue).

A customer has one next due day. The queue is rebuilt from the states after a restart.
"""

from collections.abc import Mapping


class Deadlines:
    """Customers by the day at whose end they are due."""

    def __init__(self, planned: Mapping[str, int] | None = None) -> None:
        """`planned`: days by customer, all above 0, to begin with; far quicker than one by one."""
        self._planned: dict[str, int] = dict(planned or {})
        self._by_day: dict[int, set[str]] = {}
        for customer_id, day in self._planned.items():
            if day in self._by_day:
                self._by_day[day].add(customer_id)
            else:
                self._by_day[day] = {customer_id}
        self._queue: list[str] = []
        """The customers of `_begun`, the last first, while nobody else is planned for that day."""
        self._begun = 0

    def __len__(self) -> int:
        return len(self._planned)

    def plan(self, customer_id: str, day: int) -> None:
        """Set the customer's next due day; 0 or less takes it out."""
        before = self._planned.get(customer_id, 0)
        if before == day:
            return
        if self._begun and self._begun in (before, day):
            self._begun = 0
        if before:
            self._take_out(customer_id, before)
        if day <= 0:
            self._planned.pop(customer_id, None)
            return
        self._planned[customer_id] = day
        self._by_day.setdefault(day, set()).add(customer_id)

    def take(self, last_day: int, most: int) -> tuple[int, list[str]] | None:
        """Take out customers of the earliest day on which somebody is due, if it is in reach.

        The first `most` of them by their ids, with the day; None when nobody is due by `last_day`.
        """
        day = self.first()
        if day is None or day > last_day:
            return None
        if day != self._begun:
            self._begun, self._queue = day, sorted(self._by_day[day], reverse=True)
        customers = self._queue[: -most - 1 : -1]
        del self._queue[-most:]
        for customer_id in customers:
            self._take_out(customer_id, day)
            del self._planned[customer_id]
        return day, customers

    def is_due(self, last_day: int) -> bool:
        """Whether somebody is due by `last_day`."""
        first = self.first()
        return first is not None and first <= last_day

    def _take_out(self, customer_id: str, day: int) -> None:
        members = self._by_day[day]
        members.discard(customer_id)
        if not members:
            del self._by_day[day]

    def first(self) -> int | None:
        """The earliest day on which somebody is due."""
        return min(self._by_day, default=None)
