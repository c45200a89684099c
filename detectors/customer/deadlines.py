"""Deadlines: which customers are due at the end of which day (a calendar queue).

A customer has one next due day. The queue is rebuilt from the states after a restart.
"""

from collections.abc import Iterator, Mapping


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

    def __len__(self) -> int:
        return len(self._planned)

    def plan(self, customer_id: str, day: int) -> None:
        """Set the customer's next due day; 0 or less takes it out."""
        before = self._planned.get(customer_id, 0)
        if before == day:
            return
        if before:
            members = self._by_day[before]
            members.discard(customer_id)
            if not members:
                del self._by_day[before]
        if day <= 0:
            self._planned.pop(customer_id, None)
            return
        self._planned[customer_id] = day
        self._by_day.setdefault(day, set()).add(customer_id)

    def due(self, last_day: int) -> Iterator[tuple[int, list[str]]]:
        """The days up to `last_day` on which somebody is due, each with its customers, sorted.

        They are taken out; whoever is planned anew for a day within reach comes up again later in
        the same run.
        """
        while self._by_day:
            day = min(self._by_day)
            if day > last_day:
                return
            customers = sorted(self._by_day.pop(day))
            for customer_id in customers:
                del self._planned[customer_id]
            yield day, customers

    def first(self) -> int | None:
        """The earliest day on which somebody is due."""
        return min(self._by_day, default=None)
