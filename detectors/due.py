"""Due work: what is to be done for the customers of a partition without an event of theirs.

At the ends of days (reviews, labels) and by the clock (complaints, managers who left). The states
alone tell when: all is planned anew from them after a restart.
"""

from collections.abc import Callable, Iterable, Mapping

from detectors.clocks import Clocks
from detectors.customer.alarms import Alarms
from detectors.customer.deadlines import Deadlines
from detectors.customer.dues import Dues
from detectors.customer.partition import Told, decode_told, encode_partition, told_key
from detectors.customer.state import CustomerState
from detectors.customer.stored import decoded
from detectors.durations import DAY
from detectors.effects import Output
from detectors.policy import Policy
from detectors.reviews import Reviews, due_day
from detectors.staff.watch import StaffWatch

MOST_DUE = 5000
"""Customers who are reviewed together: about a second of work. Of so many the portfolio is told."""


class DueWork:
    """Who is due when, and the doing of it."""

    def __init__(
        self,
        partition: int,
        policy: Policy,
        reviews: Reviews,
        staff: StaffWatch,
        clocks: Clocks,
        state_of: Callable[[str], CustomerState],
    ) -> None:
        self._policy = policy
        self._reviews = reviews
        self._staff = staff
        self._clocks = clocks
        self._state_of = state_of
        self._deadlines = Deadlines()
        self._alarms = Alarms()
        self._key = told_key(partition)
        self._told = Told()
        self._has_told = False

    def restore(self, customers: Iterable[Dues], stored: Mapping[bytes, bytes]) -> None:
        """Plan all customers of the partition; `stored`: its keys that are no customers."""
        planned: dict[str, int] = {}
        self._alarms = Alarms()
        for state in customers:
            day = due_day(state, self._policy)
            if day > 0:
                planned[state.customer_id] = day
            self.keep(state)
        self._deadlines = Deadlines(planned)
        told = stored.get(self._key)
        self._told = Told() if told is None else decoded(decode_told, self._key, told)
        for key, value in stored.items():
            self._staff.turns.restore(key, value)

    def written(self) -> dict[bytes, bytes | None]:
        """What must be stored before the states of those who were reviewed."""
        has_told, self._has_told = self._has_told, False
        return {self._key: encode_partition(self._told)} if has_told else {}

    def plan(self, state: Dues) -> None:
        """Note when the customer is due next, by days and by the clock, and who looks after it."""
        self.plan_day(state)
        self.keep(state)

    def plan_day(self, state: Dues) -> None:
        """Note at the end of which day the customer is due next."""
        self._deadlines.plan(state.customer_id, due_day(state, self._policy))

    def keep(self, state: Dues) -> None:
        """Note when the customer is due next by the clock, and who looks after it."""
        self._staff.keep(state)
        self._alarms.plan(state.customer_id, self._clocks.next_at(state))

    def is_due(self, last_day: int) -> bool:
        """Whether somebody is due at the end of `last_day` or of a day before."""
        return self._deadlines.is_due(last_day)

    def review_some(self, last_day: int, ahead: float, output: Output) -> bool:
        """Review those who are due next, until the end of `last_day`; whether there were any.

        At most `MOST_DUE`, all of one day. `ahead`: seconds by which the clock is ahead of the
        watermark.
        """
        due = self._deadlines.take(last_day, MOST_DUE)
        if due is None:
            return False
        day, customers = due
        told = self._told.reached(day, customers)
        if 0 < told < len(customers):
            for customer_id in customers[told:]:
                self._deadlines.plan(customer_id, day)
            del customers[told:]
        part = None if told else self._told.next_part(day)
        # So far the clock was ahead when the day's reviews came due.
        self.ring((day + 1.0) * DAY + ahead, output)
        states = [self._state_of(customer_id) for customer_id in customers]
        if self._reviews.run(day, states, part, output):
            self._told = Told(day, part or 0, customers[-1])
            self._has_told = True
        for state in states:
            self.plan(state)
        return True

    def rings_by(self, until: float) -> bool:
        """Whether something may have run out by the clock by `until` (epoch s)."""
        return self._alarms.none_before <= until or self._staff.turns.next_at <= until

    def ring(self, until: float, output: Output) -> None:
        """Do what has run out by the clock until `until` (epoch s), and whose turn has come."""
        for turn in self._staff.turns.due(until):
            self._ring_alarms(turn.at, output)
            self._staff.take(turn, self._state_of, output)
            for customer_id in turn.customers:
                self.plan(self._state_of(customer_id))
        self._ring_alarms(until, output)

    def _ring_alarms(self, until: float, output: Output) -> None:
        for at, customer_id in self._alarms.due(until):
            state = self._state_of(customer_id)
            self._clocks.fire(state, at, output)
            self._alarms.plan(customer_id, self._clocks.next_at(state))
