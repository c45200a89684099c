"""The last matured predictions, held as they were made, and how good they were, by segment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detectors.models.measures import MISSING, Codes, Measures, encode, measure
from detectors.models.packing import packed, unpacked

FORMAT = "quality/1"
SIZE = 5_000
"""So many predictions are held at most."""
NAMES = 16
"""Of so many models at most."""
SEGMENTS = 12
"""So many segments are measured one by one, the largest; the rest together as `OTHER`."""
OTHER = "other"

_NONE = 0
_OTHER = 255


class QualityWindow:
    """What each model said of the last matured examples, and what became of them.

    Fed a day of maturity at a time. When more than `size` examples are held, the oldest days go;
    the day in which the cut falls is thinned evenly over its examples in order of score. So the
    order within a day changes nothing, and the window holds just `size` of them.

    It tells how good the latest predictions were, exactly and by segment; where labels are many,
    5,000 may be some weeks only.

    Probabilities are held as log-odds in thousandths (two bytes for each model), labels as bits,
    segments as a byte: 88 kB of JSON for 5,000 examples and six models. Single writer: two
    windows do not merge.

    >>> window = QualityWindow()
    >>> labels = [True, True, False, False]
    >>> window.update(15_000, {"emitted": [0.9, 0.6, 0.4, 0.2]}, labels, ["a", "a", "a", "b"])
    >>> window.report("emitted").auc, window.by_segment("emitted")["b"].count
    (1.0, 1)
    """

    def __init__(self, size: int = SIZE) -> None:
        if not 1 <= size <= SIZE:
            raise ValueError(f"size is {size}: give 1 to {SIZE}")
        self.size = size
        self.seen = 0
        """Examples seen in all."""
        self._days: list[tuple[int, int]] = []  # day, examples held of it; oldest first
        self._names: list[str] = []
        self._codes: Codes = np.zeros((0, 0), dtype=np.int16)  # examples × names
        self._labels: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._table: list[str] = []  # name of segment code 1, 2, …
        self._segments: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)

    def __len__(self) -> int:
        """Examples held."""
        return len(self._labels)

    @property
    def names(self) -> Sequence[str]:
        """The models that said something of an example that is held."""
        return tuple(self._names)

    @property
    def days(self) -> int:
        """Days from the oldest to the newest example held, both included."""
        return self._days[-1][0] - self._days[0][0] + 1 if self._days else 0

    def update(
        self,
        day: int,
        said: Mapping[str, ArrayLike],
        labels: ArrayLike,
        segments: Sequence[str | None] | None = None,
    ) -> None:
        """Take the examples that matured on `day` (since 1970-01-01, later than the last one).

        `said`: for each model the probability of True for every example, nan where it said
        nothing; models beyond the first `NAMES` are left out. `segments`: of every example; None
        or "" is in no segment. Raises ValueError for a day that is not later, lengths that
        differ, or a probability outside 0 to 1.
        """
        if self._days and day <= self._days[-1][0]:
            raise ValueError(
                f"day {day} is not after day {self._days[-1][0]}: give days in their order"
            )
        outcome = np.asarray(labels, dtype=np.bool_)
        rows = len(outcome)
        groups = [None] * rows if segments is None else segments
        columns = {name: np.asarray(probabilities) for name, probabilities in said.items()}
        lengths = {name: len(column) for name, column in columns.items()}
        for what, length in {**lengths, "segments": len(groups)}.items():
            if length != rows:
                raise ValueError(f"{what}: {length} values for {rows} labels")
        if rows:
            codes = dict(zip(columns, encode(np.array(list(columns.values()))), strict=True))
            self.seen += rows
            self._append(day, codes, outcome, groups)

    def report(self, name: str) -> Measures:
        """The figures of one model over the window; a count of 0 if it said nothing."""
        return measure(self._column(name), self._labels)

    def reports(self) -> dict[str, Measures]:
        """The figures of every model."""
        return {name: self.report(name) for name in self._names}

    def by_segment(self, name: str) -> dict[str, Measures]:
        """The figures of one model for each segment, the largest first and `OTHER` last."""
        column = self._column(name)
        counts = np.bincount(self._segments, minlength=_OTHER + 1)
        known = [code for code in range(1, len(self._table) + 1) if counts[code]]
        known.sort(key=lambda code: (-counts[code], self._table[code - 1]))
        shown, rest = known[:SEGMENTS], [*known[SEGMENTS:], _OTHER]
        groups = {self._table[code - 1]: self._segments == code for code in shown}
        groups[OTHER] = np.isin(self._segments, rest)
        return {
            segment: measure(column[rows], self._labels[rows])
            for segment, rows in groups.items()
            if rows.any()
        }

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values; restores bit for bit."""
        return {
            "format": FORMAT,
            "size": self.size,
            "seen": self.seen,
            "days": [list(pair) for pair in self._days],
            "said": {
                name: packed(self._codes[:, column]) for column, name in enumerate(self._names)
            },
            "labels": packed(np.packbits(self._labels)),
            "table": list(self._table),
            "segments": packed(self._segments),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"quality format is {data.get('format')!r}: this reads {FORMAT!r}")
        window = cls(int(data["size"]))
        window.seen = int(data["seen"])
        window._days = [(int(day), int(count)) for day, count in data["days"]]
        window._names = sorted(data["said"])
        window._segments = unpacked(data["segments"], "u1")
        rows = len(window._segments)
        window._codes = np.zeros((rows, len(window._names)), dtype=np.int16)
        for column, name in enumerate(window._names):
            window._codes[:, column] = unpacked(data["said"][name], "<i2")
        bits = unpacked(data["labels"], "u1")
        window._labels = np.unpackbits(bits, count=rows).astype(np.bool_)
        window._table = [str(name) for name in data["table"]]
        return window

    def _column(self, name: str) -> Codes:
        if name not in self._names:
            return np.full(len(self), MISSING, dtype=np.int16)
        return self._codes[:, self._names.index(name)]

    def _append(
        self,
        day: int,
        said: Mapping[str, Codes],
        labels: NDArray[np.bool_],
        segments: Sequence[str | None],
    ) -> None:
        self._name_columns(said)
        self._name_segments(segments)
        places = {segment: code for code, segment in enumerate(self._table, start=1)}
        codes = np.full((len(labels), len(self._names)), MISSING, dtype=np.int16)
        for column, name in enumerate(self._names):
            if name in said:
                codes[:, column] = said[name]
        groups = np.array([places.get(s, _OTHER) if s else _NONE for s in segments], np.uint8)
        order = np.lexsort((groups, labels, *codes.T[::-1]))
        self._days.append((day, len(labels)))
        self._codes = np.concatenate((self._codes, codes[order]))
        self._labels = np.concatenate((self._labels, labels[order]))
        self._segments = np.concatenate((self._segments, groups[order]))
        self._cut()

    def _cut(self) -> None:
        """Let go of the oldest examples until `size` are left."""
        excess = len(self) - self.size
        while excess > 0:
            day, held = self._days.pop(0)
            kept = max(0, held - excess)
            excess -= held - kept
            chosen = ((np.arange(kept) + 0.5) * held / max(kept, 1)).astype(np.intp)
            rows = np.concatenate((chosen, np.arange(held, len(self))))
            self._codes, self._labels = self._codes[rows], self._labels[rows]
            self._segments = self._segments[rows]
            if kept:
                self._days.insert(0, (day, kept))

    def _name_columns(self, said: Mapping[str, Codes]) -> None:
        """Give a column to new models, and take it from those of whom nothing is held."""
        held = (self._codes != MISSING).any(axis=0)
        kept = [name for name, any_held in zip(self._names, held, strict=True) if any_held]
        fresh = sorted(set(said).difference(kept))[: NAMES - len(kept)]
        names = sorted(kept + fresh)
        if names != self._names:
            codes = np.full((len(self), len(names)), MISSING, dtype=np.int16)
            for column, name in enumerate(names):
                codes[:, column] = self._column(name)
            self._names, self._codes = names, codes

    def _name_segments(self, segments: Sequence[str | None]) -> None:
        """Give a code to new segments; if there are too many, the smallest become `OTHER`."""
        fresh = Counter(segment for segment in segments if segment and segment != OTHER)
        if fresh.keys() <= set(self._table):
            return
        counts = np.bincount(self._segments, minlength=_OTHER + 1)
        for code, segment in enumerate(self._table, start=1):
            fresh[segment] += int(counts[code])
        largest = sorted(fresh, key=lambda segment: (-fresh[segment], segment))
        table = sorted(s for s in largest[: _OTHER - 1] if fresh[s])
        moved = np.full(_OTHER + 1, _OTHER, dtype=np.uint8)
        moved[_NONE] = _NONE
        for code, segment in enumerate(self._table, start=1):
            if segment in table:
                moved[code] = table.index(segment) + 1
        self._segments, self._table = moved[self._segments], table
