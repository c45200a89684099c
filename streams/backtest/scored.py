"""The scores of a backtest as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.scoring import Score

UNKNOWN = "unknown"
"""The basis of a row about whose customer nothing was known."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class Scored:
    """One entry a row in each column."""

    customers: list[str]
    days: Ints
    """The row was scored at the end of this day (days since 1970)."""
    probability: Floats
    """NaN for an unknown customer."""
    basis: list[str]
    version: list[str]
    """Of the model; empty for an unknown customer."""
    confidence: Floats
    values: NDArray[np.float32]
    """Numeric features, one row each; NaN for an unknown customer."""
    names: tuple[str, ...]
    """Of the numeric features."""
    categories: list[tuple[tuple[str, str], ...]]
    """Names and values of the categories, sorted."""
    occasions: Ints
    """Days with activity so far."""
    importance: dict[int, tuple[int, dict[str, float]]]
    """By day: how many scores of the model were explained, and the sum of |contribution|."""

    def __len__(self) -> int:
        return len(self.customers)


class ScoredRows:
    """Collects scores as they come, in any order of rows; `table` puts them in order."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._places: list[int] = []
        self._customers: list[str] = []
        self._days: list[int] = []
        self._numbers: list[tuple[float, float, int]] = []
        self._basis: list[str] = []
        self._version: list[str] = []
        self._values: list[NDArray[np.float32]] = []
        self._categories: list[tuple[tuple[str, str], ...]] = []
        self._seen: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}
        self.importance: dict[int, tuple[int, dict[str, float]]] = {}

    def add(
        self, day: int, rows: Sequence[tuple[int, str]], scores: Sequence[Score | None]
    ) -> None:
        """The scores of rows (place and customer) at the end of one day."""
        values = np.full((len(rows), len(self._names)), np.nan, dtype=np.float32)
        for index, ((place, customer), score) in enumerate(zip(rows, scores, strict=True)):
            self._places.append(place)
            self._customers.append(customer)
            self._days.append(day)
            if score is None:
                self._numbers.append((np.nan, np.nan, 0))
                self._basis.append(UNKNOWN)
                self._version.append("")
                self._categories.append(())
                continue
            facts = score.facts
            self._numbers.append((score.probability, score.confidence, facts.summary.occasions))
            self._basis.append(score.basis)
            self._version.append(score.model_version)
            held = tuple(sorted(facts.categories.items())) if facts.categories else ()
            self._categories.append(self._seen.setdefault(held, held))
            values[index] = score.values
        self._values.append(values)

    def table(self) -> Scored:
        """All rows in the order of their places."""
        order = np.argsort(np.array(self._places, dtype=np.int64), kind="stable")
        numbers = np.array(self._numbers, dtype=np.float64).reshape(-1, 3)[order]
        values = (
            np.concatenate(self._values)
            if self._values
            else np.empty((0, len(self._names)), dtype=np.float32)
        )
        places = order.tolist()
        return Scored(
            customers=[self._customers[place] for place in places],
            days=np.array(self._days, dtype=np.int64)[order],
            probability=numbers[:, 0],
            basis=[self._basis[place] for place in places],
            version=[self._version[place] for place in places],
            confidence=numbers[:, 1],
            values=values[order],
            names=self._names,
            categories=[self._categories[place] for place in places],
            occasions=numbers[:, 2].astype(np.int64),
            importance=self.importance,
        )
