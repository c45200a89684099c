"""What is kept of a partition beside its customers: how far its event time has come."""

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


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PartitionState)


def new_partition_state() -> PartitionState:
    """A partition that has seen nothing."""
    return PartitionState(1, [NEVER] * len(INPUTS))


def partition_key(partition: int) -> bytes:
    """The store key of a partition's own state."""
    return PREFIX + str(partition).encode()


def encode_partition(state: PartitionState) -> bytes:
    """The state as stored and as written to the changelog."""
    return _encoder.encode(state)


def decode_partition(data: bytes) -> PartitionState:
    """The state in stored bytes."""
    return _decoder.decode(data)
