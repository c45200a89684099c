"""The scores of a backtest as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.decisions import is_worth_raising
from detectors.policy import Policy
from detectors.scoring import Score
from detectors.value.worth import value_at_stake

UNKNOWN = "unknown"
"""The basis of a row about whose customer nothing was known."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Categories = tuple[tuple[str, str], ...]
"""Names and values, sorted."""


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
    categories: list[Categories]
    occasions: Ints
    """Days with activity so far."""
    stake: Floats
    """Margin of a year that is lost with the customer, in currency units; 0 for an unknown one."""
    may_raise: Flags
    """Whether the policy lets such a score raise an alert, if it is high enough."""
    importance: dict[int, tuple[int, dict[str, float]]]
    """By day: how many scores of the model were explained, and the sum of |contribution|."""

    def __len__(self) -> int:
        return len(self.customers)


class ScoredRows:
    """Collects scores as they come, in any order of rows; `table` puts them in order."""

    def __init__(self, names: tuple[str, ...], policy: Policy) -> None:
        self._names = names
        self._policy = policy
        self._places: list[int] = []
        self._customers: list[str] = []
        self._days: list[int] = []
        self._basis: list[str] = []
        self._version: list[str] = []
        self._categories: list[Categories] = []
        self._numbers = [np.empty((0, 5))]
        self._values = [np.empty((0, len(names)), dtype=np.float32)]
        self._same: dict[Categories, Categories] = {}
        self.importance: dict[int, tuple[int, dict[str, float]]] = {}

    def add(
        self, day: int, rows: Sequence[tuple[int, str]], scores: Sequence[Score | None]
    ) -> None:
        """The scores of rows (place and customer) at the end of one day."""
        numbers = np.full((len(rows), 5), np.nan)
        values = np.full((len(rows), len(self._names)), np.nan, dtype=np.float32)
        known = [score for score in scores if score is not None]
        if known:
            where = np.array([score is not None for score in scores])
            numbers[where] = [self._numbers_of(score) for score in known]
            values[where] = np.array([score.values for score in known])
        self._numbers.append(numbers)
        self._values.append(values)
        self._places += [place for place, _ in rows]
        self._customers += [customer for _, customer in rows]
        self._days += [day] * len(rows)
        self._basis += [UNKNOWN if score is None else score.basis for score in scores]
        self._version += ["" if score is None else score.model_version for score in scores]
        self._categories += [
            self._held(score.facts.categories) if score and score.facts.categories else ()
            for score in scores
        ]

    def _numbers_of(self, score: Score) -> tuple[float, ...]:
        facts, policy = score.facts, self._policy
        return (
            score.probability,
            score.confidence,
            facts.summary.occasions,
            value_at_stake(facts, policy),
            is_worth_raising(facts, policy),
        )

    def _held(self, categories: dict[str, str]) -> Categories:
        """The categories, once for all who have the same."""
        held = tuple(sorted(categories.items()))
        return self._same.setdefault(held, held)

    def table(self) -> Scored:
        """All rows in the order of their places."""
        order = np.argsort(np.array(self._places, dtype=np.int64), kind="stable")
        numbers = np.concatenate(self._numbers)[order]
        counts = np.nan_to_num(numbers[:, 2:])
        places = order.tolist()
        return Scored(
            customers=[self._customers[place] for place in places],
            days=np.array(self._days, dtype=np.int64)[order],
            probability=numbers[:, 0],
            basis=[self._basis[place] for place in places],
            version=[self._version[place] for place in places],
            confidence=numbers[:, 1],
            values=np.concatenate(self._values)[order],
            names=self._names,
            categories=[self._categories[place] for place in places],
            occasions=counts[:, 0].astype(np.int64),
            stake=counts[:, 1],
            may_raise=counts[:, 2] > 0,
            importance=self.importance,
        )
