"""Repeats of an event id within the duplicate window, by 8-byte hashes kept with each day."""

from collections.abc import Iterable
from hashlib import blake2b

from detectors.customer.state import Day

SIZE = 8


def event_hash(event_id: str) -> bytes:
    """Eight bytes that stand for an event id: a false repeat has a chance of n / 2^64."""
    return blake2b(event_id.encode(), digest_size=SIZE).digest()


def is_seen(mark: bytes, days: Iterable[Day]) -> bool:
    """Whether the hash stands in any of the days."""
    return any(is_among(mark, day.seen) for day in days)


def is_among(mark: bytes, seen: bytes) -> bool:
    """Whether the hash is one of `seen`, which stand one after the other."""
    at = seen.find(mark)
    while at >= 0:
        if at % SIZE == 0:
            return True
        at = seen.find(mark, at + 1)
    return False
