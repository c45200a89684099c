"""Turns: the order in which customers hear that their account manager left, or is back (D15).

A manager may have any number of customers. They are put into turns of `staff.batch` customers, a
minute of event time apart, by value at stake: no state is read for that, and as event time goes on
no call of the processor is busy with more than a turn. The turns stand in the partition's store, a
key each, until they are done; so a restart loses none, and goes on where it was.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from detectors.customer.partition import partition_key
from detectors.customer.stored import decoded
from detectors.durations import MINUTE
from detectors.policy import Staff
from detectors.staff.index import ManagerIndex
from schemas.situation import Departure, Situation

NEVER = float("inf")


class Status(msgspec.Struct, array_like=True, frozen=True):
    """When an employee left, and when he or she came back (epoch s, 0: not yet)."""

    left_at: float
    back_at: float = 0.0
    event_id: str = ""
    """The event that told of the departure."""

    @property
    def changed_at(self) -> float:
        """The later of the two."""
        return max(self.left_at, self.back_at)


class _Known(msgspec.Struct, array_like=True):
    """What the partition has heard of employees, up to `as_of` (epoch s)."""

    as_of: float = 0.0
    statuses: dict[str, Status] = msgspec.field(default_factory=dict)


class _Waiting(NamedTuple):
    """A turn that has not come: when, the number under which it is stored, customer → value."""

    at: float
    number: int
    customers: Mapping[str, float]


class Turn(NamedTuple):
    """A turn that has come: the customers in order of their value, the highest first."""

    at: float
    customers: list[str]


_encode = msgspec.msgpack.Encoder().encode
_decode_known = msgspec.msgpack.Decoder(_Known).decode
_decode_turn = msgspec.msgpack.Decoder(tuple[float, dict[str, float]]).decode


class Turns:
    """The departures that a partition knows of, and whose turn is when."""

    def __init__(self, partition: int, policy: Staff) -> None:
        self.index = ManagerIndex()
        self._policy = policy
        self._key = partition_key(partition) + b"/staff"
        self._known = _Known()
        self._turns: deque[_Waiting] = deque()
        self._installed: deque[tuple[float, Situation]] = deque()
        self._written: dict[bytes, bytes | None] = {}

    def __len__(self) -> int:
        """Customers who wait for their turn."""
        return sum(len(turn.customers) for turn in self._turns)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take up what `written` gave to an earlier object; other keys are passed over."""
        if key == self._key:
            self._known = decoded(_decode_known, key, value)
        elif key.startswith(self._key + b"/"):
            at, customers = decoded(_decode_turn, key, value)
            number = int(key[len(self._key) + 1 :])
            self._turns = deque(sorted([*self._turns, _Waiting(at, number, customers)]))

    def install(self, situation: Situation, clock: float) -> None:
        """Take a published situation; it holds from its `as_of` on, or from the `clock` of now."""
        as_of = situation.as_of.timestamp()
        if as_of >= self._known.as_of:
            self._installed.append((max(as_of, clock), situation))

    def departure_of(self, employee: str) -> Status | None:
        """That the employee left; None if he or she is there, as far as is known."""
        status = self._known.statuses.get(employee)
        return status if status is not None and status.left_at > status.back_at else None

    @property
    def next_at(self) -> float:
        """When there is something to do next (epoch s)."""
        first = self._first
        return min(first, self._installed[0][0]) if self._installed else first

    @property
    def _first(self) -> float:
        return self._turns[0].at if self._turns else NEVER

    def due(self, until: float) -> Iterator[Turn]:
        """The turns up to `until` (epoch s), in order; each is taken out."""
        while self.next_at <= until:
            if self._installed and self._installed[0][0] <= self._first:
                self._hear(*self._installed.popleft())
            else:
                turn = self._turns.popleft()
                self._written[self._turn_key(turn.number)] = None
                yield Turn(turn.at, list(turn.customers))

    def written(self) -> dict[bytes, bytes | None]:
        """What is to be stored since the last call, by key; None deletes."""
        written, self._written = self._written, {}
        return written

    def _hear(self, start: float, situation: Situation) -> None:
        """Put the customers of those who left or came back into turns from `start` on."""
        statuses = self._known.statuses
        told = {item.employee_id: _status(item) for item in situation.departures}
        news = [
            name
            for name, status in sorted(told.items())
            if name not in statuses or status.changed_at > statuses[name].changed_at
        ]
        if not news:
            return
        as_of = situation.as_of.timestamp()
        statuses = {**statuses, **{name: told[name] for name in news}}
        self._known = _Known(as_of, self._remembered(statuses, as_of))
        self._written[self._key] = _encode(self._known)
        self._plan(start, news)

    def _remembered(self, statuses: Mapping[str, Status], as_of: float) -> dict[str, Status]:
        """Those that are not too old, of too many the latest."""
        latest = sorted(statuses.items(), key=lambda item: (-item[1].changed_at, item[0]))
        oldest = as_of - self._policy.expire_after
        kept = [item for item in latest if item[1].changed_at >= oldest]
        return dict(sorted(kept[: self._policy.remembered]))

    def _plan(self, start: float, employees: list[str]) -> None:
        """Those who wait already and the customers of `employees`, anew, by value."""
        values: dict[str, float] = {}
        for turn in self._turns:
            values.update(turn.customers)
            self._written[self._turn_key(turn.number)] = None
        for employee in employees:
            values.update(self.index.customers(employee))
        ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
        size = self._policy.batch
        self._turns = deque(
            _Waiting(start + number * MINUTE, number, dict(ordered[first : first + size]))
            for number, first in enumerate(range(0, len(ordered), size))
        )
        for at, number, customers in self._turns:
            self._written[self._turn_key(number)] = _encode((at, customers))

    def _turn_key(self, number: int) -> bytes:
        return self._key + b"/%d" % number


def _status(item: Departure) -> Status:
    back_at = item.back_at.timestamp() if item.back_at else 0.0
    return Status(item.left_at.timestamp(), back_at, item.event_id or "")
