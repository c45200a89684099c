"""Drift: what moved among features, scores, base rate and losses, a day of examples at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
from numpy.typing import ArrayLike

from detectors.durations import DAY
from detectors.models.packing import packed, unpacked
from detectors.models.shift import (
    LEAST_WEEKS,
    WEEK,
    WINDOWS,
    Blocks,
    find_shift,
    locate,
    without_weekdays,
)
from schemas.limits import MAX_NUMBER

FORMAT = "drift/1"
DAYS = WEEK * max(WINDOWS)
"""The last days are held one by one."""
WEEKS = 26
"""Whole weeks before them, to compare with."""
FADING = 2.0 ** (-1.0 / 8.0)
"""What a weekday's usual mean is taken from counts so much less with every week."""
CAPACITY = 64
"""So many series are watched at most."""
LEVEL = 1e-5
"""A shift must be this improbable by chance, in one test of one series on one day."""
LEAST_EFFECT = 0.1
"""A shift must be this large, in standard deviations of the single values."""

DriftKind = Literal["feature", "score", "base_rate", "log_loss"]
"""What a series is the mean of: a feature's values, probabilities, labels, or log losses."""
KINDS: tuple[str, ...] = get_args(DriftKind)

_WORDS = {"feature": "feature", "score": "score", "base_rate": "base rate", "log_loss": "log loss"}
_KEPT = DAYS + WEEK * (WEEKS + 1)
_LENGTHS = (WEEK, WEEKS + 1, DAYS)


class Block(NamedTuple):
    """The values of one series on one day."""

    examples: float
    """How many values there are."""
    total: float
    squares: float
    """Sum of the squared values."""

    @classmethod
    def of(cls, values: ArrayLike) -> Self:
        """Sum values up, the same to the last bit in every order.

        What is not finite is left out; beyond ±1e12 counts as ±1e12.

        >>> Block.of([1.0, 3.0, float("nan")])
        Block(examples=2.0, total=4.0, squares=10.0)
        """
        array = np.asarray(values, dtype=np.float64).ravel()
        array = np.sort(np.clip(array[np.isfinite(array)], -MAX_NUMBER, MAX_NUMBER))
        return cls(float(len(array)), float(array.sum()), float((array * array).sum()))


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that moved."""

    name: str
    """The series, such as ``feature:recency``, ``score``, ``log_loss:linear``."""
    kind: DriftKind
    day: int
    """The last day that was seen, in days since 1970-01-01."""
    since: int
    """The first day on which it was different, by least squares; no earlier than 27 days ago."""
    before: float
    """Mean of the weeks before the last four, as far back as they are held."""
    after: float
    """Mean of the days from `since` to `day`."""
    effect: float
    """(after − before) in standard deviations of the single values; the sign is the direction."""
    p_value: float
    """Of this one test, two-sided; how many tests there are is allowed for in `LEVEL`."""

    @property
    def text(self) -> str:
        """The drift as a sentence.

        >>> Drift("feature:recency", "feature", 15_126, 15_121, 1.62, 2.1, 0.41, 3e-8).text
        'feature recency rose from 1.62 to 2.1 around 2011-05-27 (by 0.41 sd)'
        """
        since = datetime.fromtimestamp(self.since * DAY, UTC)
        return (
            f"{_in_words(self.name)} {'rose' if self.effect > 0 else 'fell'} from "
            f"{self.before:.4g} to {self.after:.4g} around {since:%Y-%m-%d} "
            f"({_size(abs(self.effect))})"
        )


class DriftWatch:
    """Watches the daily means of named series, and tells when one moved.

    A name is a kind, or a kind and a detail: ``score``, ``base_rate``, ``log_loss:linear``,
    ``feature:recency``. Each day the last one, two and four weeks are compared with up to 26 whole
    weeks before the last four (`find_shift`), each weekday judged by its own usual mean, so that
    an incomplete week is no other week (`without_weekdays`). There is a drift when the difference
    is improbable (`level`) and large enough to matter (`LEAST_EFFECT`). The series then starts
    anew on the day of the step, and is silent until six weeks stand before the last four again.

    False alarms of 40 series together in a year, simulated with `python -m benchmarks.drift`: 0.06
    or fewer when days are independent, few, uneven, of a weekly season, or missing for months;
    0.10 to 0.20 when days resemble their neighbours (autocorrelation 0.8) or some are odd, 0.62
    with autocorrelation 0.9. A step of half a standard deviation is found after 4 days among
    independent days, one of 2 after 6 days with autocorrelation 0.8. A slow trend (below about 1
    standard deviation a year) is not found: it looks like the weeks' own memory. River's detectors
    are compared in docs/models.md.

    Within a day the order of values and names changes nothing. Memory: 1.5 kB a series. Single
    writer: two watches do not merge.
    """

    def __init__(self, level: float = LEVEL, capacity: int = CAPACITY) -> None:
        if not 0.0 < level < 1.0:
            raise ValueError(f"level is {level}: give a probability between 0 and 1")
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}: give 1 or more")
        self.level = level
        self.capacity = capacity
        self._names: list[str] = []
        self._day: int | None = None
        self._days: Blocks = np.zeros((0, DAYS, 3))
        self._weeks: Blocks = np.zeros((0, WEEKS + 1, 3))  # the last one is being filled
        self._weekdays: Blocks = np.zeros((0, WEEK, 3))  # of days that have left `_days`

    @property
    def day(self) -> int | None:
        """The last day that was seen; None before any."""
        return self._day

    @property
    def names(self) -> Sequence[str]:
        """The series that are watched; beyond `capacity` new ones are left out, features first."""
        return tuple(self._names)

    def update(self, day: int, values: Mapping[str, Block | ArrayLike]) -> list[Drift]:
        """Take a day's values, and tell what moved, the most improbable first.

        `day`: days since 1970-01-01, later than the last one; days without values may be left
        out. `values`: for each series one value an example, or their `Block`. Raises ValueError
        for a day that is not later, and for a name of no `DriftKind`.
        """
        if self._day is not None and day <= self._day:
            raise ValueError(f"day {day} is not after day {self._day}: give days in their order")
        for name in values:
            kind_of(name)
        self._move_to(day)
        self._arrange(values)
        told = [name in values for name in self._names]
        if any(told):
            blocks = [_block(values[name]) for name in self._names if name in values]
            self._days[told, -1] = blocks
        return self._drifts(day)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values; restores bit for bit."""
        return {
            "format": FORMAT,
            "level": self.level,
            "capacity": self.capacity,
            "day": self._day,
            "series": {
                name: packed(np.concatenate([held[position] for held in self._held()]))
                for position, name in enumerate(self._names)
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"drift format is {data.get('format')!r}: this reads {FORMAT!r}")
        watch = cls(float(data["level"]), int(data["capacity"]))
        watch._day = data["day"]
        watch._names = sorted(data["series"])
        blocks = np.zeros((len(watch._names), sum(_LENGTHS), 3))
        for position, name in enumerate(watch._names):
            blocks[position] = unpacked(data["series"][name]).reshape(-1, 3)
        parts = np.split(blocks, np.cumsum(_LENGTHS)[:-1], axis=1)
        watch._weekdays, watch._weeks, watch._days = (part.copy() for part in parts)
        return watch

    def _arrange(self, wanted: Iterable[str]) -> None:
        """Forget the series of which nothing is held any more, and make room for new ones."""
        held = (self._days[:, :, 0].sum(axis=1) + self._weeks[:, :, 0].sum(axis=1)) > 0.0
        kept = [name for name, any_held in zip(self._names, held, strict=True) if any_held]
        fresh = sorted(set(wanted).difference(kept), key=_rank)
        fresh = fresh[: max(0, self.capacity - len(kept))]
        if fresh or len(kept) < len(self._names):
            names = kept + fresh
            order = sorted(range(len(names)), key=names.__getitem__)
            room = ((0, len(fresh)), (0, 0), (0, 0))
            self._weekdays, self._weeks, self._days = (
                np.pad(part[held], room)[order] for part in self._held()
            )
            self._names = [names[position] for position in order]

    def _move_to(self, day: int) -> None:
        """Let days pass: the oldest go into their week, weeks beyond `WEEKS` are forgotten."""
        passed = 0 if self._day is None else day - self._day
        if passed > _KEPT:
            for part in self._held():
                part[:] = 0.0
            passed = 0
        for today in range(day - passed + 1, day + 1):
            leaving = today - DAYS
            if leaving % WEEK == 0:
                self._weeks[:, :-1] = self._weeks[:, 1:]
                self._weeks[:, -1] = 0.0
                self._weekdays *= FADING
            self._weeks[:, -1] += self._days[:, 0]
            self._weekdays[:, leaving % WEEK] += self._days[:, 0]
            self._days[:, :-1] = self._days[:, 1:]
            self._days[:, -1] = 0.0
        self._day = day

    def _held(self) -> tuple[Blocks, Blocks, Blocks]:
        """All that is held, in the order of `_LENGTHS`."""
        return self._weekdays, self._weeks, self._days

    def _drifts(self, day: int) -> list[Drift]:
        if (self._weeks[:, :-1, 0] > 0.0).any(axis=0).sum() < LEAST_WEEKS:
            return []  # most days of a young watch: spares the tests that could find nothing
        places = np.arange(day - DAYS + 1, day + 1) % WEEK
        level = without_weekdays(self._days, places, self._weekdays)
        usual = (self._weekdays[:, :, 0] > 0.0).sum(axis=1)
        shift = find_shift(self._weeks[:, :-1], level, usual)
        moved = (shift.p_value < self.level) & (np.abs(shift.effect) >= LEAST_EFFECT)
        drifts = []
        for position in np.flatnonzero(moved):
            name = self._names[position]
            step = locate(self._weeks[position, :-1], level[position])
            drifts.append(
                Drift(
                    name=name,
                    kind=kind_of(name),
                    day=day,
                    since=day - DAYS + 1 + step.start,
                    before=step.before,
                    after=step.after,
                    effect=step.effect,
                    p_value=float(shift.p_value[position]),
                )
            )
            self._weekdays[position] = self._weeks[position] = 0.0
            self._days[position, : step.start] = 0.0
        return sorted(drifts, key=lambda drift: (drift.p_value, drift.name))


def kind_of(name: str) -> DriftKind:
    """The kind in the name of a series. Raises ValueError if it is none."""
    kind = name.partition(":")[0]
    if kind not in KINDS:
        raise ValueError(f"series {name!r}: a name begins with one of {', '.join(KINDS)}")
    return kind  # type: ignore[return-value]


def _rank(name: str) -> tuple[bool, str]:
    return kind_of(name) == "feature", name


def _block(values: Block | ArrayLike) -> tuple[float, float, float]:
    return values if isinstance(values, Block) else Block.of(values)


def _in_words(name: str) -> str:
    kind, _, detail = name.partition(":")
    if not detail:
        return _WORDS[kind]
    return f"{_WORDS[kind]} {detail}" if kind == "feature" else f"{_WORDS[kind]} of {detail}"


def _size(effect: float) -> str:
    return f"by {effect:.2f} sd" if effect < 100.0 else "it hardly varied"
