"""What is usual for every series: its level, its weekdays, and how much its counts scatter.

The level is that of the discounted gamma-Poisson model (Harvey & Fernandes 1989, *Time series
models for count or qualitative observations*, section 2): complaints and usual days, both fading,
on top of a prior worth `PRIOR` complaints. So a thin series has a wide forecast. Weekdays of a
series are shrunk to those of all complaints, its dispersion to that of its kind. Days join the
level when they are `LAG` days old, so that no window is compared with itself.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.models.packing import squeezed, unsqueezed
from detectors.surge.calendar import WEEK
from detectors.surge.series import KINDS
from detectors.surge.tail import Array, shape_of

WINDOWS = (1, 6, 24, 168)
"""Lengths of the windows in hours: three within a day, and a slow one."""
DAY = WINDOWS.index(24)
LAG = 7
"""Days: as long as the longest window."""
PRIOR = 0.5
"""Complaints that the first guess of a level is worth (Jeffreys)."""
WEEKDAYS = 30.0
"""Complaints that the common weekdays are worth for a series."""
DISPERSION = 0.15
"""The dispersion φ believed in before there is evidence: daily counts scatter by ±40 % more."""
BELIEF = 60.0
"""The evidence (sum of squared forecasts) that a shared dispersion is worth for a series."""
SCATTER_HALF_LIFE = 56.0
"""Days after which evidence on the dispersion counts half."""
CLIP = 4.0
"""A count beyond so many standard deviations (and 2) above its forecast counts as that."""

Ints = NDArray[np.int64]


class Baseline:
    """The usual of up to `capacity` series, row by row; row 0 is that of all complaints."""

    def __init__(self, capacity: int, half_life: float) -> None:
        """`half_life` of the levels in days."""
        windows = len(WINDOWS)
        self.keep = 0.5 ** (1.0 / half_life)
        self.kind = np.full(capacity, -1, dtype=np.int64)
        self.since = np.zeros(capacity, dtype=np.int64)
        """The day from which a series is counted."""
        self.prior = np.ones(capacity)
        """Usual days that the prior is worth: `PRIOR` complaints in so many days."""
        self.count = np.zeros(capacity)
        self.days = np.zeros(capacity)
        self.by_weekday = np.zeros((capacity, WEEK))
        self.factors = np.ones((capacity, WEEK))
        """Made of `by_weekday`: the weekday's share of the level, 1 on average."""
        self.excess = np.zeros((capacity, windows))
        """Sum of squared forecast errors beyond what Poisson counts would show."""
        self.squares = np.zeros((capacity, windows))
        """Sum of squared forecasts."""
        self.dispersion = np.full((capacity, windows), DISPERSION)
        """Made of `excess` and `squares`."""
        self.shared = np.full((len(KINDS) + 1, windows), DISPERSION)
        """The same of all series of a kind; the first is that of all complaints."""

    def begin(self, slot: int, kind: int, day: int, level: float) -> None:
        """A series is new in a row; `level`: the first guess, complaints a day."""
        self.kind[slot], self.since[slot] = kind, day
        self.prior[slot] = PRIOR / level
        self.count[slot] = self.days[slot] = 0.0
        self.by_weekday[slot] = 0.0
        self.factors[slot] = self.factors[0]
        self.excess[slot] = self.squares[slot] = 0.0
        self.dispersion[slot] = self.shared[kind + 1]

    def memory(self, days: int) -> float:
        """How many days' worth is left of so many days of counting."""
        return float((1.0 - self.keep**days) / (1.0 - self.keep))

    def weight(self, rows: Any) -> Array:
        """Complaints that the level rests on."""
        return np.asarray(PRIOR + self.count[rows])

    def level(self, rows: Any) -> Array:
        """Complaints in a usual day, before the common trend."""
        return np.asarray(self.weight(rows) / (self.prior[rows] + self.days[rows]))

    def settle(self, day: int, counts: Array, highest: Array, trend: float) -> None:
        """Learn the counts of a day that is over for good; rows of later series are left out.

        `counts`: what no incident explains. `highest`: all complaints. Where incidents took some,
        the day is taken for a usual one as far as the two allow.
        """
        n, weekday = len(counts), day % WEEK
        usual = self.level(slice(n)) * self.factors[:n, weekday] * trend
        seen = np.maximum(counts, np.minimum(usual, highest))
        shape = shape_of(self.weight(slice(n)), self.dispersion[:n, DAY])
        most = np.where(self.days[:n] < LAG, np.inf, clip_of(usual, shape))
        seen = np.minimum(seen, most)
        known = self.since[:n] <= day
        keep = np.where(known, self.keep, 1.0)
        self.count[:n] = self.count[:n] * keep + seen * known
        self.days[:n] = self.days[:n] * keep + self.factors[:n, weekday] * known
        self.by_weekday[:n] *= keep[:, None]
        self.by_weekday[:n, weekday] += seen * known
        self._spread(n)

    def _spread(self, n: int) -> None:
        """Make the weekday factors anew."""
        common = self.by_weekday[0] + WEEKDAYS / WEEK
        common = common / common.sum()
        own = self.by_weekday[:n] + WEEKDAYS * common
        self.factors[:n] = WEEK * own / own.sum(axis=1, keepdims=True)

    def scatter(
        self, window: int, counts: Array, expected: Array, known: NDArray[np.bool_]
    ) -> None:
        """Compare the counts of one window length with their forecasts (rows × repeats)."""
        n, repeats = counts.shape
        weight, squared = self.weight(slice(n)), expected**2
        shape = shape_of(weight, self.dispersion[:n, window])
        clipped = np.minimum(counts, clip_of(expected, shape[:, None]))
        # A forecast rests on its own past: its error is no scatter of the counts.
        error = (clipped - expected) ** 2 - expected - squared / weight[:, None]
        self.excess[:n, window] += np.where(known, error.sum(axis=1) / repeats, 0.0)
        self.squares[:n, window] += np.where(known, squared.sum(axis=1) / repeats, 0.0)

    def spread_scatter(self, n: int) -> None:
        """Make the dispersions anew, and let what they rest on fade by a day."""
        kind = self.kind[:n] + 1  # row 0 is no series
        excess, squares = self.excess[:n], self.squares[:n]
        of_kind = _by_kind(kind, excess) + BELIEF * DISPERSION
        self.shared = np.maximum(of_kind / (_by_kind(kind, squares) + BELIEF), 0.0)
        found = (excess + BELIEF * self.shared[kind]) / (squares + BELIEF)
        self.dispersion[:n] = np.maximum(found, 0.0)
        fading = 0.5 ** (1.0 / SCATTER_HALF_LIFE)
        excess *= fading
        squares *= fading

    def relearn(self, rows: NDArray[np.int64], counts: Array, days: float) -> None:
        """What happened lately is the usual from now on: so many complaints in usual `days`."""
        self.count[rows], self.days[rows] = counts, days

    def to_json(self, n: int) -> dict[str, Any]:
        """The first `n` rows as JSON values."""
        rows = {name: squeezed(getattr(self, name)[:n]) for name in _ARRAYS}
        return rows | {"shared": squeezed(self.shared)}

    def restore(self, n: int, data: Mapping[str, Any]) -> None:
        """Take up what `to_json` wrote."""
        for name in _ARRAYS:
            array = getattr(self, name)
            shape = array[:n].shape
            array[:n] = unsqueezed(data[name], array.dtype.str).reshape(shape)
        self.shared = unsqueezed(data["shared"], "<f8").reshape(self.shared.shape).copy()


_ARRAYS = (
    "kind",
    "since",
    "prior",
    "count",
    "days",
    "by_weekday",
    "factors",
    "excess",
    "squares",
    "dispersion",
)


def _by_kind(kind: Ints, values: Array) -> Array:
    """Sums over the rows of each kind, kinds × columns."""
    return np.column_stack([np.bincount(kind, of_row, len(KINDS) + 1) for of_row in values.T])


def clip_of(expected: Any, shape: Any) -> Array:
    """The most that a count may teach: a surge is not the usual."""
    return np.asarray(expected + 2.0 + CLIP * np.sqrt(expected + expected * expected / shape))
