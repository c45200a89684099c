"""The matured examples as matrices: what the batch baselines are fitted on."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.durations import DAY
from schemas.training_example import TrainingExample
from streams.backtest.judged import Judged
from streams.backtest.scored import Floats, Scored

Matrix = NDArray[np.float32]


@dataclass(slots=True)
class Dataset:
    """Examples in the order in which they matured, and the judged rows, with equal columns."""

    names: tuple[str, ...]
    """Of the columns: numeric features, then ``name=value`` for each category ever learned."""
    numeric: int
    """How many of them are numeric."""
    x: Matrix
    y: NDArray[np.bool_]
    matured: Floats
    """When each label was known (epoch s), ascending."""
    judged: Matrix

    def known_by(self, day: int) -> int:
        """How many of the examples had matured by the end of `day`."""
        return int(np.searchsorted(self.matured, (day + 1.0) * DAY, side="right"))


class Examples:
    """Collects matured examples as they are learned, compactly."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._known = frozenset(names)
        self._values = array("f")
        self._labels = array("b")
        self._matured = array("d")
        self._columns: dict[str, int] = {}
        self._categories: list[tuple[int, ...]] = []
        self._same: dict[tuple[int, ...], tuple[int, ...]] = {}

    def add(self, example: TrainingExample) -> None:
        """One more."""
        features, columns = example.features, self._columns
        self._values.extend(features.get(name, 0.0) for name in self._names)
        self._labels.append(example.label)
        self._matured.append(example.matured_at.timestamp())
        present = tuple(
            columns.setdefault(name, len(columns)) for name in features if name not in self._known
        )
        self._categories.append(self._same.setdefault(present, present))

    def dataset(self, scored: Scored, judged: Judged) -> Dataset:
        """All examples so far, beside the judged rows."""
        numeric = np.frombuffer(self._values, dtype=np.float32).reshape(-1, len(self._names))
        find = self._columns.get
        rows = [
            tuple(
                column
                for name, value in scored.categories[row]
                if (column := find(f"{name}={value}")) is not None
            )
            for row in judged.rows.tolist()
        ]
        return Dataset(
            names=self._names + tuple(self._columns),
            numeric=len(self._names),
            x=self._with_categories(numeric, self._categories),
            y=np.frombuffer(self._labels, dtype=np.int8).astype(np.bool_),
            matured=np.frombuffer(self._matured, dtype=np.float64),
            judged=self._with_categories(scored.values[judged.rows], rows),
        )

    def _with_categories(self, numeric: Matrix, present: Sequence[tuple[int, ...]]) -> Matrix:
        hot = np.zeros((len(numeric), len(self._columns)), dtype=np.float32)
        for row, columns in enumerate(present):
            if columns:
                hot[row, columns] = 1.0
        return np.concatenate([numeric, hot], axis=1)
