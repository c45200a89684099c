"""The alarm: a series whose count is too surprising for all the looks at all the series."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from detectors.policy import Surge
from detectors.surge.baseline import WINDOWS
from detectors.surge.calendar import HOUR, HOURS
from detectors.surge.memory import Memory
from detectors.surge.series import Key, width
from detectors.surge.tail import Array, looks, shape_of, strength, tail

MONTH_HOURS = 30 * HOURS
SIMPLER = float(np.log(10.0))
"""A pair must be this much more surprising than its parts to be what an incident is about."""


class Alarm:
    """A series whose count is too surprising."""

    __slots__ = ("expected", "key", "observed", "p_value", "slot", "strength", "window")

    def __init__(
        self, slot: int, key: Key, window: int, observed: int, expected: float, p_value: float
    ) -> None:
        self.slot, self.key, self.window = slot, key, window
        self.observed, self.expected, self.p_value = observed, expected, p_value
        surprise = strength(float(observed), expected, p_value)
        self.strength = surprise - SIMPLER * (width(key) - 1)


def alarms_of(memory: Memory, slots: Sequence[int], at: float, policy: Surge) -> list[Alarm]:
    """The series among these rows whose count by now is too surprising, strongest first."""
    if not slots:
        return []
    hour, rows = int(at // HOUR), np.array(slots)
    sums = memory.counts.back(rows, hour, WINDOWS[-1]).cumsum(axis=1)
    observed = sums[:, [window - 1 for window in WINDOWS]].astype(float)
    if not (observed >= policy.min_customers).any():
        return []
    expected = memory.expected(rows, at)
    shape = shape_of(memory.baseline.weight(rows)[:, None], memory.baseline.dispersion[rows])
    many = (observed > expected) & (observed >= policy.min_customers)
    p_values = np.ones_like(expected)
    p_values[many] = tail(observed[many], expected[many], shape[many])
    found = many & (p_values * looks(observed, expected) < limits(memory, rows, policy))
    alarms = [
        Alarm(
            slots[row],
            memory.slots.keys[slots[row]],
            WINDOWS[window],
            int(observed[row, window]),
            float(expected[row, window]),
            float(p_values[row, window]),
        )
        for row, window in np.argwhere(found)
    ]
    return sorted(alarms, key=lambda alarm: -alarm.strength)


def limits(memory: Memory, rows: Any, policy: Surge) -> Array:
    """How rare a count must be, rows × windows: the policy's false alarms shared out evenly.

    By kind of series, by window length, by series of the kind, and by windows in a month.
    """
    kinds = max(int(np.count_nonzero(memory.held)), 1)
    share = policy.false_alarms_per_month / (kinds * len(WINDOWS))
    number = np.maximum(memory.held[memory.baseline.kind[rows]], 1.0)
    return np.asarray(share / number[:, None] * (np.array(WINDOWS) / MONTH_HOURS)[None, :])


def start_of(memory: Memory, alarm: Alarm, at: float) -> float:
    """When it began (epoch s): the beginning that makes the count since most surprising.

    The maximum of the likelihood ratio over all beginnings, as in a scan statistic.
    """
    hour = int(at // HOUR)
    observed = memory.counts.back([alarm.slot], hour, alarm.window)[0].cumsum()
    best, start = 0.0, hour
    usual, hours = memory.usual(alarm.slot), memory.profile.shares()
    for back in range(alarm.window):
        if back and observed[back] == observed[back - 1]:
            continue
        seen = float(observed[back])
        mean = usual.expected(float((hour - back) * HOUR), at + 1.0, hours)
        if seen > mean:
            ratio = seen * np.log(seen / mean) - (seen - mean)
            if ratio > best:
                best, start = ratio, hour - back
    return float(start * HOUR)
