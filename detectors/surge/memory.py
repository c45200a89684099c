"""All series that are held: their counts, and what is usual for them, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from detectors.durations import DAY as DAY_SECONDS
from detectors.policy import Surge
from detectors.surge.baseline import DAY, LAG, PRIOR, WINDOWS, Baseline
from detectors.surge.calendar import HOURS, WEEK, HourProfile, Spans
from detectors.surge.counts import Counts
from detectors.surge.incident import Usual
from detectors.surge.series import ALL, KINDS, Key, Values, series_of
from detectors.surge.slots import Slots
from detectors.surge.tail import Array, shape_of
from detectors.surge.trend import Trend

MUTE = 10.0
"""Complaints due on a day; if none at all came instead, the day teaches nothing."""


class Memory:
    """What is known of the series at a moment. Row 0 is that of all complaints together."""

    def __init__(self, policy: Surge, first_day: int) -> None:
        """`first_day`: the day (since 1970) from which complaints are counted."""
        capacity = policy.max_series + 1
        self.first_day = first_day
        self.slots = Slots(capacity)
        self.counts = Counts(capacity)
        self.baseline = Baseline(capacity, policy.half_life / DAY_SECONDS)
        self.profile = HourProfile()
        self.trend = Trend()
        self.held = np.zeros(len(KINDS))
        """How many series of each kind are held."""
        self._spans = Spans(WINDOWS)
        self.slots.admit(ALL, 0.0, ())
        self.baseline.begin(0, -1, first_day, 1.0)

    def __len__(self) -> int:
        """How many series are held, that of all complaints not counted."""
        return len(self.slots) - 1

    def rows_of(self, values: Values, day: int, kept: Iterable[int]) -> list[int]:
        """The rows of all series of a complaint of today, first row 0; admits those not held.

        `kept`: rows that no newcomer may take.
        """
        self.slots.add(0, 1.0)
        found = [0]
        for kind, key in series_of(values):
            slot = self.slots.find(key)
            if slot is None:
                slot = self._admit(kind, key, day, [*found, *kept])
            self.slots.add(slot, 1.0)
            found.append(slot)
        return found

    def _admit(self, kind: int, key: Key, day: int, kept: Sequence[int]) -> int:
        """Hold a new series, in the place of the lightest one when there is no room."""
        slot, replaced = self.slots.admit(key, 0.0, kept)
        if replaced is not None:
            self.held[self.baseline.kind[slot]] -= 1
        self.held[kind] += 1
        self.counts.begin(slot)
        # It was not seen before, or weighed no more than the series it drove out.
        watched = self.baseline.memory(day - self.first_day + 1)
        unseen = max(float(self.slots.weights[slot]), PRIOR) / watched
        self.baseline.begin(slot, kind, day, max(self._guess(kind, key), unseen))
        return slot

    def _guess(self, kind: int, key: Key) -> float:
        """The level of a series never seen, complaints a day: never too low, rather too high.

        That of the average series of its kind; for a pair, if that is more, what its two parts
        would have in common if they did not depend on each other.
        """
        total = max(float(self.baseline.level(0)), 1e-3)
        guess = total / max(float(self.held[kind]), 1.0)
        if len(KINDS[kind]) == 2:
            levels = []
            for chosen in KINDS[kind]:
                part = tuple(v if d == chosen else None for d, v in enumerate(key))
                slot = self.slots.find(part)
                levels.append(guess if slot is None else float(self.baseline.level(slot)))
            guess = max(guess, levels[0] * levels[1] / total)
        return min(guess, total)

    def explained(self, values: Values, hour: int) -> None:
        """A complaint that was counted is explained by an incident now."""
        keys = [ALL, *(key for _, key in series_of(values))]
        self.move([row for row in map(self.slots.find, keys) if row is not None], hour, 1)

    def move(self, rows: Sequence[int], hour: int, number: int) -> None:
        """Counted complaints of some rows are explained by an incident now."""
        self.counts.add(rows, hour, -number)
        self.counts.take(rows, hour, number)

    def expected(self, rows: Any, at: float) -> Array:
        """What is usual in each window that ends at a moment (epoch s), rows × windows."""
        usual = self.baseline.factors[rows] @ self._spans.until(at, self.profile).T
        usual *= self.baseline.level(rows)[:, None] * self.trend.factor
        return np.asarray(usual)

    def usual(self, slot: int) -> Usual:
        """The forecast of a series as of now."""
        baseline = self.baseline
        return Usual(
            float(baseline.level(slot)) * self.trend.factor,
            baseline.factors[slot].tolist(),
            float(baseline.weight(slot)),
            float(baseline.dispersion[slot, DAY]),
        )

    def end_day(self, day: int) -> None:
        """Learn from the end of a day, and from the day a week before it for good."""
        baseline, counts, n = self.baseline, self.counts, len(self.slots)
        today = counts.of_day(n, day)
        if day - self.first_day >= 2 * LAG and not self._is_mute(day):
            self._measure(day, today)
            shape = shape_of(baseline.weight(0), baseline.dispersion[0, DAY])
            self.trend.learn(
                float(today[0].sum()),
                float(counts.taken(n, day)[0]),
                float(baseline.factors[0, day % WEEK]),
                float(baseline.level(0)),
                float(shape),
            )
        if day - LAG >= self.first_day and not self._is_mute(day - LAG):
            settled = counts.of_day(n, day - LAG)
            seen = settled.sum(axis=1).astype(float)
            highest = seen + counts.taken(n, day - LAG)
            baseline.settle(day - LAG, seen, highest, self.trend.factor)
            self.profile.learn(settled[0].astype(float), baseline.keep)
        baseline.spread_scatter(n)
        self.slots.fade(baseline.keep)
        counts.new_day(n, day + 1)

    def _is_mute(self, day: int) -> bool:
        """Whether nothing at all came on a day on which much was due: no data, no good news."""
        usual = float(self.baseline.level(0) * self.baseline.factors[0, day % WEEK])
        came = self.counts.of_day(1, day).sum() + self.counts.taken(1, day)[0]
        return bool(came == 0 and usual >= MUTE)

    def _measure(self, day: int, today: Any) -> None:
        """Compare the counts of the day, and of the week that ends with it, with their forecasts.

        Series of which incidents took complaints in that week are left out.
        """
        baseline, counts, n = self.baseline, self.counts, len(self.slots)
        days = range(day - LAG + 1, day + 1)
        known = baseline.since[:n] <= day - LAG
        for other in days:
            known &= counts.taken(n, other) == 0
        level = baseline.level(slice(n)) * self.trend.factor
        usual = level * baseline.factors[:n, day % WEEK]
        by_hour = usual[:, None] * self.profile.shares()[None, :]
        for window, length in enumerate(WINDOWS[: DAY + 1]):
            parts = (n, HOURS // length, length)
            observed = today.reshape(parts).sum(axis=2).astype(float)
            baseline.scatter(window, observed, by_hour.reshape(parts).sum(axis=2), known)
        week = sum(counts.of_day(n, other).sum(axis=1) for other in days)
        usual = level * baseline.factors[:n].sum(axis=1)
        baseline.scatter(DAY + 1, np.asarray(week, float)[:, None], usual[:, None], known)

    def accept(self, today: int) -> None:
        """What came in the week before `today` is the usual from now on, with what incidents took.

        Only in the series from which they took any.
        """
        n = len(self.slots)
        days = range(today - LAG, today)
        taken = np.sum([self.counts.taken(n, day) for day in days], axis=0)
        count = taken + np.sum([self.counts.of_day(n, day).sum(axis=1) for day in days], axis=0)
        rows = np.flatnonzero(taken)
        self.baseline.relearn(rows, count[rows].astype(float), LAG * self.trend.factor)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        n = len(self.slots)
        return {
            "first_day": self.first_day,
            "keys": self.slots.keys,
            "weights": self.slots.weights[:n].tolist(),
            "held": self.held.tolist(),
            "baseline": self.baseline.to_json(n),
            "counts": self.counts.to_json(n),
            "hours": self.profile.counts.tolist(),
            "trend": self.trend.to_json(),
        }

    @classmethod
    def from_json(cls, policy: Surge, data: Mapping[str, Any]) -> "Memory":
        """What `to_json` wrote. Raises ValueError if the policy allows fewer series."""
        n = len(data["keys"])
        if n > policy.max_series + 1:
            raise ValueError(f"{n - 1} series do not fit surge.max_series: make it larger")
        found = cls(policy, data["first_day"])
        found.slots.restore([tuple(key) for key in data["keys"]])
        found.slots.weights[:n] = data["weights"]
        found.held = np.array(data["held"])
        found.baseline.restore(n, data["baseline"])
        found.counts.restore(n, data["counts"])
        found.profile.counts = np.array(data["hours"])
        found.trend = Trend.from_json(data["trend"])
        return found
