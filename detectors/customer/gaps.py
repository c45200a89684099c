"""The gaps between a customer's occasions, counted by length in a few bytes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

EDGES = (1, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 270)
"""Longest gap of each class, in days; the last class has none."""

_MOST = 255
_STARTS = (0, *EDGES)
_NONE = (0,) * len(_STARTS)


def counted(gaps: bytes, more: Iterable[int]) -> bytes:
    """The counts with more gaps, of so many days each; no count passes 255.

    >>> list(counted(counted(b"", [2]), [5, 6]))
    [0, 1, 2]
    """
    counts = [*gaps, *_NONE[len(gaps) :]]
    for days in more:
        place = bisect_left(EDGES, days)
        counts[place] = min(counts[place] + 1, _MOST)
    return bytes(counts).rstrip(b"\0")


def longer_than(gaps: bytes, days: float) -> float:
    """How many gaps were longer than `days` ≥ 0, a class that `days` divides counting in part.

    In the last class, which has no end, all are.

    >>> longer_than(counted(b"", [6, 40]), 5)
    1.5
    """
    place = bisect_right(EDGES, days)
    if place >= len(gaps):
        return 0.0
    longer = float(sum(gaps[place + 1 :]))
    if place == len(EDGES):
        return longer + gaps[place]
    start, end = _STARTS[place], EDGES[place]
    return longer + gaps[place] * (end - days) / (end - start)
