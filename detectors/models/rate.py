"""The rate expert: how often customers like this one churned, and nothing more."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from detectors.models.expert import Labels, Parts, Rows, checked_days
from detectors.models.index import Vector

WEEKS = (1, 2, 4, 8, 13, 26)
"""Ends of the groups by weeks since the first activity; the last group has no end."""
STRENGTH = 30.0
"""Pseudo-labels: of the overall rate in a group's, and of the first rate in the overall one."""
HALF_LIFE_DAYS = 180.0
"""Days after which a label counts half."""


class Rate:
    """The rate of the customer's group: one-time customer or not × weeks since the first activity.

    A group's rate is Beta-shrunk toward the overall rate, that toward `base_rate`; labels fade with
    a half-life. It reads the features ``one_time`` and ``tenure`` (``log(1 + days) / 2``); without
    them all rows are of one group. The log-odds of a group split between the two features by their
    Shapley values (Shapley 1953), which for two are the mean of both orders.
    """

    kind: ClassVar[str] = "rate"

    def __init__(self, base_rate: float = 0.5) -> None:
        if not 0.0 < base_rate < 1.0:
            raise ValueError(f"base_rate is {base_rate}: give a number between 0 and 1")
        self.base_rate = base_rate
        self.labels = 0
        self._seen: Vector = np.zeros((2, len(WEEKS) + 1))
        self._positives: Vector = np.zeros((2, len(WEEKS) + 1))

    def log_odds_many(self, rows: Rows) -> Vector:
        """Log-odds of each row's group."""
        return np.asarray(_log_odds(self._rates(self._seen, self._positives))[self._cells(rows)])

    def contributions(self, rows: Rows) -> Parts:
        """The overall rate's log-odds as base; the rest in ``one_time`` and ``tenure``."""
        once, age = self._cells(rows)
        overall = math.log(self._overall() / (1.0 - self._overall()))
        by_once, by_age = (
            _log_odds(self._rates(self._seen.sum(axis=axis), self._positives.sum(axis=axis)))
            for axis in (1, 0)
        )
        both = self.log_odds_many(rows)
        first, second = by_once[once], by_age[age]
        numeric = np.zeros(rows.matrix.shape)
        base = np.full(len(rows), overall)
        for name, part in (
            ("one_time", 0.5 * (first - overall + both - second)),
            ("tenure", 0.5 * (second - overall + both - first)),
        ):
            if name in rows.names:
                numeric[:, rows.names.index(name)] = part
            else:
                base = base + part
        return Parts(base, numeric, [dict.fromkeys(row, 0.0) for row in rows.categories])

    def one_time_groups(self) -> Vector:
        """Log-odds of the groups of one-time customers, youngest first."""
        return np.asarray(_log_odds(self._rates(self._seen, self._positives))[1])

    def is_one_time(self, rows: Rows) -> NDArray[np.bool_]:
        """Whether each row is a one-time customer's."""
        return np.asarray(rows.column("one_time") > 0.5)

    def ages(self, rows: Rows) -> NDArray[np.intp]:
        """The number of each row's group by weeks since the first activity."""
        days = np.expm1(2.0 * np.minimum(rows.column("tenure"), 10.0))
        return np.searchsorted(np.array(WEEKS) * 7.0 - 0.5, days, side="right")

    def learn_block(self, rows: Rows, labels: Labels) -> None:
        """Count the labels of each group."""
        cells = self._cells(rows)
        np.add.at(self._seen, cells, 1.0)
        np.add.at(self._positives, cells, labels.astype(np.float64))
        self.labels += len(labels)

    def advance(self, days: float) -> None:
        """Let what was counted fade."""
        fade = 0.5 ** (checked_days(days) / HALF_LIFE_DAYS)
        self._seen *= fade
        self._positives *= fade

    def to_json(self) -> dict[str, Any]:
        """The counts."""
        return {
            "kind": self.kind,
            "base_rate": self.base_rate,
            "labels": self.labels,
            "seen": self._seen.tolist(),
            "positives": self._positives.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for other groups."""
        expert = cls(float(data["base_rate"]))
        for name in ("seen", "positives"):
            counts = np.array(data[name], dtype=np.float64)
            if counts.shape != expert._seen.shape or not np.isfinite(counts).all():
                raise ValueError(f"rate has other groups in {name!r} than {expert._seen.shape}")
            setattr(expert, f"_{name}", counts)
        expert.labels = int(data["labels"])
        return expert

    def _cells(self, rows: Rows) -> tuple[Any, Any]:
        return self.is_one_time(rows).astype(np.intp), self.ages(rows)

    def _overall(self) -> float:
        positives = float(self._positives.sum()) + STRENGTH * self.base_rate
        return positives / (float(self._seen.sum()) + STRENGTH)

    def _rates(self, seen: Vector, positives: Vector) -> Vector:
        return np.asarray((positives + STRENGTH * self._overall()) / (seen + STRENGTH))


def _log_odds(rates: Vector) -> Vector:
    return np.asarray(np.log(rates) - np.log1p(-rates))
