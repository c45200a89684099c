"""How complaints spread over the hours of a day, and how much of a usual day a time span is worth.

A *usual day* of a series is its average one. Weekdays weigh differently for each series, hours of
the day the same for all. Days and hours are those of UTC.
"""

from collections.abc import Sequence

import numpy as np

from detectors.surge.tail import Array

HOUR = 3600
HOURS = 24
WEEK = 7
EVEN = 100.0
"""Complaints' worth of belief that all hours are alike."""


class HourProfile:
    """The share of a day's complaints in each hour, learned with the fading of the levels."""

    def __init__(self) -> None:
        self.counts = np.zeros(HOURS)

    def shares(self) -> Array:
        """Sums to 1; even until there are some hundred complaints."""
        total = float(self.counts.sum())
        return np.asarray((self.counts + EVEN / HOURS) / (total + EVEN))

    def learn(self, counts: Array, keep: float) -> None:
        """Take the hourly counts of one day; `keep`: what stays of the earlier days."""
        self.counts = self.counts * keep + counts


def worth(start: float, end: float, hours: Array) -> Array:
    """What lies between two moments (epoch s), in days' shares by weekday.

    Element i is the share of days number ≡ i (mod 7); times the series' weekday factors it is the
    worth in usual days. `hours`: the shares of the hours.
    """
    found = np.zeros(WEEK)
    if end <= start:
        return found
    ends = np.concatenate(([0.0], np.cumsum(hours)))

    def until(at: float) -> tuple[int, float]:
        day, seconds = divmod(at, HOURS * HOUR)
        hour = min(int(seconds // HOUR), HOURS - 1)
        return int(day), float(ends[hour] + hours[hour] * (seconds / HOUR - hour))

    (first, before), (last, within) = until(start), until(end)
    whole, rest = divmod(last - first, WEEK)
    found += whole
    for day in range(last - rest, last):
        found[day % WEEK] += 1.0
    found[first % WEEK] -= before
    found[last % WEEK] += within
    return found


class Spans:
    """What the windows that end now are worth; all but the running hour is the same for an hour."""

    def __init__(self, lengths: Sequence[int]) -> None:
        """`lengths`: of the windows, in hours, the running one included."""
        self._lengths = lengths
        self._hour = -1
        self._before = np.zeros((len(lengths), WEEK))
        self._share = 0.0

    def until(self, at: float, profile: HourProfile) -> Array:
        """Windows × weekdays, as `worth` has it. The profile must not change within an hour."""
        hour = int(at // HOUR)
        if hour != self._hour:
            hours = profile.shares()
            begins = [float((hour + 1 - length) * HOUR) for length in self._lengths]
            spans = [worth(begin, float(hour * HOUR), hours) for begin in begins]
            self._hour, self._before = hour, np.array(spans)
            self._share = float(hours[hour % HOURS])
        found = self._before.copy()
        # A moment counts as a second at least, so that nothing is expected nowhere.
        passed = min(at / HOUR - hour + 1.0 / HOUR, 1.0)
        found[:, hour // HOURS % WEEK] += self._share * passed
        return found
