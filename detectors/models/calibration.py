"""Calibration: the speaker's log-odds, straightened by what its matured labels show."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from detectors.models.expert import Labels, Parts
from detectors.models.index import Vector
from detectors.models.logistic import SecondOrderLogistic

SLOPE = "log_odds"
VARIANCE = 0.002
"""Prior variance of the slope, and of each segment's offset: evidence must outweigh it."""
OFFSET_VARIANCE = 0.01
"""Prior variance of the common offset."""
MAX_SEGMENTS = 32


class Calibration:
    """Platt's scaling (Platt 1999), online: ``offset + slope · log-odds + offset of the segment``.

    It begins as the identity: slope 1, offsets 0. It has no drift: experts and blend follow the
    world already, and a third that follows overshoots. Begin a new one with each new speaker.
    Segments are shrunk toward 0, so one speaks only with evidence; a segment that was never learned
    from has the common offset.

    >>> Calibration().log_odds_many(np.array([0.5]), ["new"]).tolist()
    [0.5]
    """

    def __init__(self, model: SecondOrderLogistic | None = None) -> None:
        self.model = model or SecondOrderLogistic(
            prior_variance=VARIANCE,
            intercept_variance=OFFSET_VARIANCE,
            drift=0.0,
            intercept_drift=0.0,
            prior_mean={SLOPE: 1.0},
            max_features=1 + MAX_SEGMENTS,
        )

    @property
    def slope(self) -> float:
        """What the speaker's log-odds are multiplied with."""
        return self.model.weight(SLOPE)

    def offsets(self, segments: Sequence[str]) -> Vector:
        """What is added for rows of these segments, one name a row."""
        common, weight = self.model.intercept, self.model.weight
        added = {segment: common + weight(_name(segment)) for segment in set(segments)}
        return np.array([added[segment] for segment in segments])

    def log_odds_many(self, log_odds: Vector, segments: Sequence[str]) -> Vector:
        """The calibrated log-odds of each row."""
        return np.asarray(self.slope * log_odds + self.offsets(segments))

    def apply(self, parts: Parts, segments: Sequence[str]) -> Parts:
        """The same for log-odds in parts: they still add up."""
        return parts.scaled(self.slope, self.offsets(segments))

    def learn_block(self, log_odds: Vector, segments: Sequence[str], labels: Labels) -> None:
        """Learn from what the speaker says of rows whose labels it has not learned yet."""
        names = sorted(set(segments))
        places = {name: place for place, name in enumerate(names, start=1)}
        matrix = np.zeros((len(labels), 1 + len(names)))
        matrix[:, 0] = log_odds
        matrix[np.arange(len(labels)), [places[name] for name in segments]] = 1.0
        self.model.learn_matrix([SLOPE, *map(_name, names)], matrix, labels)

    def to_json(self) -> dict[str, Any]:
        """The model."""
        return {"model": self.model.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError naming what does not fit."""
        return cls(SecondOrderLogistic.from_json(data["model"]))


def _name(segment: str) -> str:
    return f"segment={segment}"
