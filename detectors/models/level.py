"""The level of what is said, and how much of its last move will still be there in a horizon."""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from detectors.models.block import sigmoids
from detectors.models.expert import Labels
from detectors.models.index import Vector

MEMORY_DAYS = 180.0
"""Days over which the usual level is taken (exponentially)."""
VARIANCE = 0.25
"""Prior variance of the share that lasts."""
EVIDENCE = 200.0
"""As many independent labels a horizon's worth of them counts at most: what moved the base rate
moved all of them, so each horizon is little more than one observation of what lasts."""


class Level:
    """Holds the speaker's level back by what has not lasted.

    Labels that mature today tell of a horizon ago. A model that follows the base rate brings what
    was seen then to customers whose outcome lies a horizon ahead: right when the base rate has
    moved for good, late by two horizons when it swings (a season, a campaign). How much of a move
    lasts is learned: the *deviation* is the level (the log-odds of a row of zeros) less its usual
    value, a running mean over labels; an example that matures was predicted under the deviation of
    its own day, and by such pairs the *share* of it, from 0 to 1, is found that explains the labels
    best. It is 1 until labels say otherwise: everything is as the model says.

    >>> level = Level(horizon_days=30)
    >>> level.update(0, -1.0, labels=100)
    >>> level.share, level.shift
    (1.0, 0.0)
    """

    def __init__(self, horizon_days: int) -> None:
        self.horizon_days = horizon_days
        self.share = 1.0
        """Of a deviation, what is still there a horizon later."""
        self.deviation = 0.0
        """The level less its usual value, after the labels of the last day."""
        self._variance = VARIANCE
        self._usual = 0.0
        self._labels = 0.0
        self._days = 0.0
        self._past: list[tuple[int, float]] = []

    @property
    def shift(self) -> float:
        """What is to be added to the speaker's log-odds."""
        return (self.share - 1.0) * self.deviation

    def learn_block(self, day: int, odds: Vector, scale: float, labels: Labels) -> None:
        """Learn the share from labels that matured on `day`.

        `odds`: what is said of them with no deviation at all; `scale`: what a deviation is
        multiplied with before it counts. One Newton step of the posterior of the share; the order
        of the rows changes no bit.
        """
        then = next((past for number, past in self._past if number <= day - self.horizon_days), 0.0)
        moved = scale * then
        if not moved or not len(labels):
            return
        usual = self.horizon_days * self._labels / max(self._days, 1.0)
        weight = min(1.0, EVIDENCE / max(usual, 1.0))
        rates = np.sort(sigmoids(odds + self.share * moved))
        surprise = float(labels.sum()) - float(rates.sum())
        information = float((rates * (1.0 - rates)).sum())
        self._variance = 1.0 / (1.0 / self._variance + weight * moved * moved * information)
        step = self._variance * weight * moved * surprise
        self.share = min(1.0, max(0.0, self.share + step))

    def update(self, day: int, level: float, labels: int) -> None:
        """Take the speaker's level after it learned `labels` > 0 labels on `day`."""
        self._labels += labels
        self._usual += (level - self._usual) * labels / self._labels
        self.deviation = level - self._usual
        due = [past for past in self._past if past[0] <= day + 1 - self.horizon_days]
        self._past = [(day, self.deviation), *self._past[: len(self._past) - len(due)], *due[:1]]

    def advance(self, days: float) -> None:
        """Let `days` ≥ 0 pass: labels fade in the usual level."""
        fade = math.exp(-days / MEMORY_DAYS)
        self._labels *= fade
        self._days = self._days * fade + days

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values; the deviations of the last horizon, newest first."""
        return {
            "horizon_days": self.horizon_days,
            "share": self.share,
            "variance": self._variance,
            "usual": self._usual,
            "deviation": self.deviation,
            "labels": self._labels,
            "days": self._days,
            "past": [list(past) for past in self._past],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for a number that is not finite."""
        level = cls(int(data["horizon_days"]))
        level.share = float(data["share"])
        level.deviation = float(data["deviation"])
        level._variance = float(data["variance"])
        level._usual = float(data["usual"])
        level._labels = float(data["labels"])
        level._days = float(data["days"])
        level._past = [(int(day), float(deviation)) for day, deviation in data["past"]]
        numbers = [level.share, level.deviation, level._variance, level._usual, level._labels]
        if not all(map(math.isfinite, [*numbers, level._days, *(past for _, past in level._past)])):
            raise ValueError("level holds a number that is not finite")
        return level
