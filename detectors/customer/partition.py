"""What is kept of a partition beside its customers: how far its event time has come."""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from detectors.customer.state import INPUTS

PREFIX = b"\x00partition/"
"""Store keys that begin like this are no customers."""

NEVER = float("-inf")

MAX_STAFF_SEEN = 128
"""Ids of events about employees remembered against repeats."""


class PartitionState(msgspec.Struct, array_like=True):
    """Event time of one partition; `newest` holds one time for each input topic (epoch s)."""

    version: int
    newest: list[float]
    fired_day: int = 0
    """All that was due up to the end of this day has been done."""
    advanced_to: float = NEVER
    """A watermark given from outside (idle partition, end of a replay)."""
    clock_to: float = NEVER
    """The clock given with it."""
    told_hour: int = 0
    """The last full hour (since 1970) of the clock that was told."""
    staff_offset: int = -1
    """The last offset in `interactions` of an event about an employee, which is no customer's."""
    staff_seen: bytes = b""
    """Hashes of the newest ids of such events, 8 bytes each."""


class Told(msgspec.Struct, array_like=True):
    """Up to whom the portfolio has been told of the customers reviewed at the end of `day`.

    They are reviewed in the order of their ids, some at a time. This is stored before their states
    are: should a worker die in between, those who are reviewed again are not counted twice.
    """

    day: int = 0
    part: int = -1
    """How often it has been told of this day, less one."""
    customer_id: str = ""
    """The last of whom it has been told."""

    def reached(self, day: int, customers: Sequence[str]) -> int:
        """How many of `customers`, due at the end of `day` and in order, were told of before."""
        if day != self.day:
            return len(customers) if day < self.day else 0
        return bisect_right(customers, self.customer_id)

    def next_part(self, day: int) -> int:
        """The number of what is told next."""
        return self.part + 1 if day == self.day else 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PartitionState)
_told_decoder = msgspec.msgpack.Decoder(Told)


def new_partition_state() -> PartitionState:
    """A partition that has seen nothing."""
    return PartitionState(1, [NEVER] * len(INPUTS))


def partition_key(partition: int) -> bytes:
    """The store key of a partition's own state."""
    return PREFIX + str(partition).encode()


def told_key(partition: int) -> bytes:
    """The store key of how far the portfolio has been told."""
    return partition_key(partition) + b"/told"


def encode_partition(state: PartitionState | Told) -> bytes:
    """The state as stored and as written to the changelog."""
    return _encoder.encode(state)


def decode_partition(data: bytes) -> PartitionState:
    """The state in stored bytes."""
    return _decoder.decode(data)


def decode_told(data: bytes) -> Told:
    """How far the portfolio has been told, in stored bytes."""
    return _told_decoder.decode(data)
