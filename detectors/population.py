"""The watch over all customers: what moved in what is scored, while it happens.

Labels tell of a change a horizon later (`detectors.trainer` watches these). What is scored tells of
it at once: each partition sums its features and scores up, a day at a time, and the sums add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from detectors.models.drift import Block, DriftWatch
from detectors.models.events import drift_event
from detectors.policy import Policy
from detectors.scoring import Score
from schemas.model_event import ModelEvent
from schemas.portfolio_fact import PortfolioFact

SCORE = "score"
_NOTHING = Block(0.0, 0.0, 0.0)


def blocks_of(scores: Sequence[Score], names: tuple[str, ...]) -> dict[str, Block]:
    """Count, sum and sum of squares of each feature, and of the probabilities, of some scores.

    `scores` are one or more, all of their batch; `names` the numeric features. The order of the
    scores changes no bit: the features are multiples of 1/16, whose sums are exact.
    """
    values = scores[0].batch.values
    count = float(len(scores))
    totals, squares = values.sum(axis=0).tolist(), (values * values).sum(axis=0).tolist()
    blocks = {
        f"feature:{name}": Block(count, total, square)
        for name, total, square in zip(names, totals, squares, strict=True)
    }
    blocks[SCORE] = Block.of([score.probability for score in scores])
    return blocks


class PopulationWatch:
    """Adds up what the partitions scored on a day, and tells what moved."""

    def __init__(self, policy: Policy) -> None:
        self._target = policy.target
        self._drift = DriftWatch()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `to_json` gave. Raises ValueError for another format."""
        if state:
            self._drift = DriftWatch.from_json(state)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        return self._drift.to_json()

    def end(self, day: int, facts: Iterable[PortfolioFact]) -> list[ModelEvent]:
        """The drifts that show at the end of `day`, from the facts of all partitions.

        A day that is not later than the last one was seen before, and is passed over.
        """
        if self._drift.day is not None and day <= self._drift.day:
            return []
        sums: dict[str, Block] = {}
        for fact in facts:
            for name, (examples, total, squares) in fact.scored.items():
                before = sums.get(name, _NOTHING)
                sums[name] = Block(
                    before.examples + examples, before.total + total, before.squares + squares
                )
        if not sums:
            return []
        target = self._target
        return [
            drift_event(drift, target.definition, target.horizon_days)  # type: ignore[arg-type]
            for drift in self._drift.update(day, sums)
        ]
