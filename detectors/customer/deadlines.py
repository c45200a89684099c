"""Deadlines: which customers are due at the end of which day (a calendar queue).

A customer has one next due day. The queue is rebuilt from the states after a restart; a changed
plan leaves a stale entry behind that is skipped when its day comes.
"""

from collections.abc import Iterator


class Deadlines:
    """Customers by the day at whose end they are due."""

    def __init__(self) -> None:
        self._planned: dict[str, int] = {}
        self._by_day: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._planned)

    def plan(self, customer_id: str, day: int) -> None:
        """Set the customer's next due day; 0 or less takes it out."""
        before = self._planned.get(customer_id, 0)
        if before == day:
            return
        if before:
            members = self._by_day.get(before)
            if members is not None:
                members.discard(customer_id)
        if day <= 0:
            self._planned.pop(customer_id, None)
            return
        self._planned[customer_id] = day
        self._by_day.setdefault(day, set()).add(customer_id)

    def due(self, last_day: int) -> Iterator[tuple[int, str]]:
        """All that is due up to the end of `last_day`, by day and then by customer.

        The consumer must plan each customer anew (or take it out) before it asks for the next,
        and a customer planned for a day within reach comes up again in the same run.
        """
        while True:
            ready = [day for day in self._by_day if day <= last_day]
            if not ready:
                return
            day = min(ready)
            members = self._by_day[day]
            while members:
                for customer_id in sorted(members):
                    yield day, customer_id
                    if self._planned.get(customer_id) == day:
                        self.plan(customer_id, 0)
            del self._by_day[day]

    def first(self) -> int | None:
        """The earliest day on which somebody is due."""
        days = [day for day, members in self._by_day.items() if members]
        return min(days, default=None)
