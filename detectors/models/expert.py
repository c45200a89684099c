"""What every expert is: log-odds for many rows at once, in parts, learned a block at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detectors.models.index import LIMIT, Features, Vector

Labels = NDArray[np.bool_]
Indicators = Mapping[str, float]
"""Attributes of one row: ``name=value`` with 1 (in a reference: its share), or a number's value."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of n customers: numeric features in columns, and categories.

    >>> rows = Rows(("gap", "recency"), np.array([[1.0, 2.0]]))
    >>> rows.column("recency").tolist(), rows.column("unknown").tolist(), len(rows)
    ([2.0], [0.0], 1)
    """

    names: tuple[str, ...]
    """The columns of `matrix`, each once."""
    matrix: Vector
    """n×d; finite, and held within ±1,000."""
    categories: Sequence[Indicators] = field(default=())
    """One for each row; empty when there are none at all."""

    def __post_init__(self) -> None:
        matrix = np.ascontiguousarray(self.matrix, dtype=np.float64)  # sums run along the memory
        if matrix.ndim != 2 or matrix.shape[1] != len(self.names):
            raise ValueError(f"a matrix of shape {matrix.shape} has not {len(self.names)} columns")
        if self.categories and len(self.categories) != len(matrix):
            raise ValueError(f"{len(self.categories)} rows have categories, of {len(matrix)}")
        if not np.isfinite(matrix).all():
            row, column = np.argwhere(~np.isfinite(matrix))[0]
            value = matrix[row, column]
            raise ValueError(f"feature {self.names[column]!r} is {value}: give a finite number")
        object.__setattr__(self, "matrix", np.minimum(np.maximum(matrix, -LIMIT), LIMIT))

    def __len__(self) -> int:
        return len(self.matrix)

    def column(self, name: str) -> Vector:
        """The values of a feature; 0 when there is no such column."""
        if name not in self.names:
            return np.zeros(len(self))
        return np.asarray(self.matrix[:, self.names.index(name)])

    def category_names(self) -> list[str]:
        """All ``name=value`` that occur, sorted."""
        return sorted(set().union(*self.categories)) if self.categories else []

    def one_hot(self, names: Sequence[str]) -> Vector:
        """The indicators of these ``name=value``, n×len(names)."""
        places = {name: place for place, name in enumerate(names)}
        found = [
            (row, places[name], share)
            for row, present in enumerate(self.categories)
            for name, share in present.items()
            if name in places
        ]
        columns = np.zeros((len(self), len(names)))
        if found:
            at_row, at_column, shares = zip(*found, strict=True)
            columns[list(at_row), list(at_column)] = shares
        return columns

    def features(self, row: int) -> Features:
        """One row as named features."""
        x = dict(zip(self.names, self.matrix[row].tolist(), strict=True))
        if self.categories:
            x.update(self.categories[row])
        return x


@dataclass(frozen=True, slots=True)
class Parts:
    """Log-odds of n rows in parts that add up to them."""

    base: Vector
    """What every row has, whatever its features: n."""
    numeric: Vector
    """n×d, in the columns of the rows."""
    categories: Sequence[Indicators] = field(default=())
    """For each row, the part of each of its categories; empty when there are none at all."""

    def total(self) -> Vector:
        """The log-odds. The last bits of a row do not depend on the others."""
        total = self.base + self.numeric.sum(axis=1)
        if self.categories:
            total = total + [sum(parts.values()) for parts in self.categories]
        return np.asarray(total)

    def scaled(self, factor: float, offset: ArrayLike = 0.0) -> "Parts":
        """``factor`` times these and `offset` (one number, or one a row) more in the base."""
        return Parts(
            factor * self.base + np.asarray(offset, dtype=np.float64),
            factor * self.numeric,
            [{name: factor * part for name, part in row.items()} for row in self.categories],
        )


class Expert(Protocol):
    """A model of P(True) for rows of features. Its log-odds are a sum of parts of features.

    `learn_block` takes all labels of a day; their order changes no bit. `advance` lets days pass.
    Nothing depends on anything but the calls; a snapshot restores all to the last bit.
    """

    kind: ClassVar[str]
    """What the registry restores a snapshot by."""

    @property
    def labels(self) -> int:
        """How many labels have been learned."""
        ...

    def log_odds_many(self, rows: Rows) -> Vector:
        """Log-odds of each row; the last bits of a row do not depend on the others."""
        ...

    def contributions(self, rows: Rows) -> Parts:
        """The same in parts."""
        ...

    def learn_block(self, rows: Rows, labels: Labels) -> None:
        """Learn the labels of these rows."""
        ...

    def advance(self, days: float) -> None:
        """Let `days` ≥ 0 pass. Raises ValueError for others."""
        ...

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values, with `kind`."""
        ...

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError naming what does not fit."""
        ...


def checked_days(days: float) -> float:
    """`days` if it is a time that can pass. Raises ValueError otherwise."""
    if not 0.0 <= days < np.inf:
        raise ValueError(f"days is {days}: give a number of 0 or more")
    return days
