"""Named features ↔ places in a vector: quick for the same names again, strict about values."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, SupportsFloat

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Features = Mapping[Any, float]
"""Features by name (str); the key type is wide only because River's is."""

LIMIT = 1_000.0
"""Values beyond ±LIMIT count as ±LIMIT, so that no arithmetic on them can overflow."""

_LAYOUTS = 512


class _Layout(NamedTuple):
    """Where the values of one tuple of names go."""

    slots: NDArray[np.intp]
    """Place in the vector of each known feature."""
    known: NDArray[np.intp] | None
    """Positions of the known features among the names; None when all are known."""
    unknown: tuple[int, ...]
    """Positions of the features that have no place."""


class FeatureIndex:
    """A growing, bounded index of feature names; place 0 is the intercept's.

    >>> index = FeatureIndex(capacity=2)
    >>> index.add(["b", "a", "c"])      # sorted, then cut at the capacity
    ['a', 'b']
    >>> index.vector({"b": 3.0, "z": 9.0})[0].tolist()
    [1.0, 0.0, 3.0]
    """

    def __init__(self, capacity: int, names: Iterable[str] = ()) -> None:
        self.capacity = capacity
        self.slots: dict[str, int] = {name: slot for slot, name in enumerate(names, start=1)}
        self._layouts: dict[tuple[str, ...], _Layout] = {}

    def __len__(self) -> int:
        """Length of the vectors: the features and the intercept."""
        return len(self.slots) + 1

    @property
    def full(self) -> bool:
        """Whether further names are ignored."""
        return len(self.slots) >= self.capacity

    def add(self, names: Iterable[str]) -> list[str]:
        """Give a place to `names` that have none, as far as there is room; those that got one.

        They are added in sorted order, so that the order inside a dict cannot change a bit.
        """
        fresh = sorted(set(names).difference(self.slots))[: max(0, self.capacity - len(self.slots))]
        if fresh:
            self.slots.update((name, slot) for slot, name in enumerate(fresh, start=len(self)))
            self._layouts.clear()
        return fresh

    def unplaced(self, x: Features) -> bool:
        """Whether `x` has a name without a place."""
        return bool(self._layout(tuple(x)).unknown)

    def vector(self, x: Features) -> tuple[Vector, float]:
        """`x` as a vector (1 for the intercept, 0 for what is missing), and |unplaced values|².

        Raises ValueError naming the feature whose value is not a finite number.
        """
        names = tuple(x)
        try:
            size = sum(map(abs, x.values()))
            values = np.fromiter(x.values(), np.float64, len(names))
        except (TypeError, ValueError):
            raise _refusal(x) from None
        # One sum tells whether a value is nan, infinite or beyond the limit.
        if not size <= LIMIT:
            values = _clipped(names, values)
        slots, known, unknown = self._layout(names)
        vector = np.zeros(len(self))
        vector[0] = 1.0
        vector[slots] = values if known is None else values[known]
        return vector, sum(float(values[position]) ** 2 for position in unknown) if unknown else 0.0

    def checked(self, names: Sequence[str], matrix: ArrayLike) -> Vector:
        """`matrix` as n×d numbers within ±LIMIT, one column a name.

        Raises ValueError naming the feature whose value is not a finite number.
        """
        values = np.asarray(matrix, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(names):
            raise ValueError(f"a matrix of shape {values.shape} has not {len(names)} columns")
        if len(set(names)) != len(names):
            raise ValueError("a feature is named twice: name each column once")
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            bad = values[row, column]
            raise ValueError(f"feature {names[column]!r} is {bad}: give a finite number")
        return np.clip(values, -LIMIT, LIMIT)

    def design(self, names: Sequence[str], values: Vector) -> Vector:
        """Rows of `checked` values as vectors: 1 for the intercept, 0 for what is missing."""
        slots, known, _ = self._layout(tuple(names))
        design = np.zeros((len(values), len(self)))
        design[:, 0] = 1.0
        design[:, slots] = values if known is None else values[:, known]
        return design

    def gathered(self, names: Sequence[str], vector: Vector) -> Vector:
        """What a vector holds in the places of these names; 0 for those without a place."""
        slots, known, _ = self._layout(tuple(names))
        if known is None:
            return np.asarray(vector[slots])
        found = np.zeros(len(names))
        found[known] = vector[slots]
        return found

    def _layout(self, names: tuple[str, ...]) -> _Layout:
        layout = self._layouts.get(names)
        if layout is None:
            if len(self._layouts) >= _LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[names] = self._lay_out(names)
        return layout

    def _lay_out(self, names: tuple[str, ...]) -> _Layout:
        known = [position for position, name in enumerate(names) if name in self.slots]
        slots = np.array([self.slots[names[position]] for position in known], dtype=np.intp)
        if len(known) == len(names):
            return _Layout(slots, None, ())
        unknown = tuple(sorted(set(range(len(names))).difference(known)))
        return _Layout(slots, np.array(known, dtype=np.intp), unknown)


def _refusal(x: Features) -> ValueError:
    for name, value in x.items():
        if not isinstance(value, SupportsFloat):
            return ValueError(f"feature {name!r} is {value!r}: give a finite number")
    return ValueError("features must be real numbers")


def _clipped(names: tuple[str, ...], values: Vector) -> Vector:
    """`values` within ±LIMIT; names the feature that is not finite."""
    for name, value in zip(names, values.tolist(), strict=True):
        if not math.isfinite(value):
            raise ValueError(f"feature {name!r} is {value}: give a finite number")
    return np.clip(values, -LIMIT, LIMIT)
