"""Moments of a day, and working time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from examples.telecom.scene import BEGIN, DAY, HOUR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OPENS, CLOSES = 8 * HOUR, 18 * HOUR
"""The service works in these seconds of a day (UTC), Monday to Friday."""
# fmt: off
_AWAKE = np.array(
    [1, 0, 0, 0, 0, 1, 3, 6, 8, 8, 8, 8, 9, 8, 7, 7, 8, 9, 10, 11, 10, 8, 5, 3]
)
_OFFICE = np.array(
    [0, 0, 0, 0, 0, 0, 0, 2, 9, 10, 10, 10, 6, 8, 10, 10, 8, 4, 1, 0, 0, 0, 0, 0]
)
# fmt: on


def moments(rng: np.random.Generator, day: int, count: int, *, office: bool = False) -> Floats:
    """Epoch seconds of `count` things that happen on a day: by waking or by office hours."""
    weights = _OFFICE if office else _AWAKE
    hours = rng.choice(24, size=count, p=weights / weights.sum())
    return np.asarray(BEGIN + day * DAY + (hours + rng.random(count)) * HOUR)


def after_working_time(at: float, seconds: float) -> float:
    """The moment at which so many working seconds have passed since `at`."""
    while True:
        day = (at - BEGIN) // DAY
        midnight = BEGIN + day * DAY
        if day % 7 < 5:
            begin = max(at, midnight + OPENS)
            left = midnight + CLOSES - begin
            if left > 0:
                if seconds <= left:
                    return begin + seconds
                seconds -= left
        at = midnight + DAY


def working_seconds(begin: float, end: float) -> float:
    """Working seconds between two moments."""
    total = 0.0
    for day in range(int((begin - BEGIN) // DAY), int((end - BEGIN) // DAY) + 1):
        if day % 7 < 5:
            midnight = BEGIN + day * DAY
            total += max(0.0, min(end, midnight + CLOSES) - max(begin, midnight + OPENS))
    return total


def pick(rng: np.random.Generator, names: Sequence[str], weights: Sequence[float]) -> str:
    """One of the names, by weight."""
    total = np.cumsum(np.asarray(weights, float))
    return names[int(np.searchsorted(total, rng.random() * total[-1], side="right"))]
