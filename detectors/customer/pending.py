"""Predictions that wait for their labels, of one customer, as one run of bytes.

A customer waits with up to nine of them and each visit reads the state: they are taken apart only
when the first has matured. A record is a head and one byte for each feature.
"""

from struct import Struct
from typing import NamedTuple

_HEAD = Struct("<iIBB")
_DAY = Struct("<i")
_WIDTH = _HEAD.size - 1
"""Where in the head the number of features stands."""


class Pending(NamedTuple):
    """A prediction made at the end of `day`."""

    day: int
    probability: int
    """In millionths."""
    flags: int
    """Basis and action context: see `labels`."""
    features: bytes
    """The numeric features on their grid, one byte each (`features.on_grid`)."""


def with_pending(waiting: bytes, pending: Pending) -> bytes:
    """The waiting predictions and one more, later than all of them."""
    day, probability, flags, features = pending
    return waiting + _HEAD.pack(day, probability, flags, len(features)) + features


def first_day(waiting: bytes) -> int:
    """The day of the first waiting prediction; there must be one."""
    return int(_DAY.unpack_from(waiting)[0])


def last_day(waiting: bytes) -> int:
    """The day of the last waiting prediction; there must be one."""
    start = before = 0
    while start < len(waiting):
        before, start = start, start + _HEAD.size + waiting[start + _WIDTH]
    return int(_DAY.unpack_from(waiting, before)[0])


def first_after(waiting: bytes, day: int) -> int | None:
    """The day of the first waiting prediction that was made after `day`; None without one."""
    start = 0
    while start < len(waiting):
        (found,) = _DAY.unpack_from(waiting, start)
        if found > day:
            return int(found)
        start += _HEAD.size + waiting[start + _WIDTH]
    return None


def taken_apart(waiting: bytes, last_day: int | None = None) -> tuple[list[Pending], bytes]:
    """The predictions made up to the end of `last_day` (None: all), and those that still wait."""
    found: list[Pending] = []
    start = 0
    while start < len(waiting):
        day, probability, flags, width = _HEAD.unpack_from(waiting, start)
        if last_day is not None and day > last_day:
            break
        end = start + _HEAD.size + width
        features = waiting[start + _HEAD.size : end]
        found.append(Pending(day, probability, flags, features))
        start = end
    return found, waiting[start:]
