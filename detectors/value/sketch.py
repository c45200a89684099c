"""Quantiles of amounts with a guaranteed relative accuracy, in a small mergeable state."""

import math
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Self

FORMAT = "quantile-sketch/1"
SMALLEST = 1e-3
"""Amounts below this count as 0."""
LARGEST = 1e15
"""Amounts above this count as this."""


class QuantileSketch:
    """Counts of non-negative amounts in logarithmic buckets.

    DDSketch (Masson, Rim & Lee 2019, VLDB 12(12)) with a fixed range instead of collapsing
    buckets: bucket i holds the amounts in (γ^(i−1), γ^i], γ = (1+accuracy)/(1−accuracy), and is
    answered by the value whose relative distance to both ends is `accuracy`. The counts are
    integers and the buckets never depend on what came before, so merging is exact and its order
    does not matter. At 1 % no more than 2,074 buckets can exist.

    >>> sketch = QuantileSketch()
    >>> for amount in range(1, 1001):
    ...     sketch.add(float(amount))
    >>> 495 <= sketch.quantile(0.5) <= 506
    True
    >>> sketch.count
    1000
    """

    def __init__(self, accuracy: float = 0.01) -> None:
        if not 0.0 < accuracy < 1.0:
            raise ValueError(f"accuracy is {accuracy}: give a share between 0 and 1")
        self.accuracy = accuracy
        self.zeros = 0
        self._gamma = (1.0 + accuracy) / (1.0 - accuracy)
        self._scale = 1.0 / math.log(self._gamma)
        self._buckets: dict[int, int] = {}

    @property
    def count(self) -> int:
        """How many amounts were added."""
        return self.zeros + sum(self._buckets.values())

    def add(self, amount: float, times: int = 1) -> None:
        """Count an amount ≥ 0 `times` ≥ 1 times. Raises ValueError for anything else."""
        if not 0.0 <= amount < math.inf:
            raise ValueError(f"amount is {amount}: give a finite number of 0 or more")
        if times < 1:
            raise ValueError(f"times is {times}: give 1 or more")
        if amount < SMALLEST:
            self.zeros += times
            return
        bucket = math.ceil(math.log(min(amount, LARGEST)) * self._scale)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + times

    def merge(self, other: "QuantileSketch") -> None:
        """Add the amounts of `other`, unchanged itself; ValueError if the accuracies differ."""
        if other.accuracy != self.accuracy:
            raise ValueError(f"accuracies differ: {self.accuracy} and {other.accuracy}")
        self.zeros += other.zeros
        for bucket, count in other._buckets.items():
            self._buckets[bucket] = self._buckets.get(bucket, 0) + count

    def quantile(self, share: float) -> float:
        """The amount that `share` of all amounts do not exceed, within the relative accuracy.

        The exact value is the one at rank ⌈share · count⌉ (at least 1) in ascending order. Raises
        ValueError for an empty sketch or a share outside [0, 1].
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share is {share}: give a number from 0 to 1")
        count = self.count
        if count == 0:
            raise ValueError("the sketch is empty: add an amount before asking for a quantile")
        rank = max(1, math.ceil(share * count))
        if rank <= self.zeros:
            return 0.0
        buckets = sorted(self._buckets)
        reached = accumulate((self._buckets[bucket] for bucket in buckets), initial=self.zeros)
        next(reached)
        last = next(b for b, total in zip(buckets, reached, strict=True) if total >= rank)
        return self._value(last)

    def amounts(self) -> list[tuple[float, int]]:
        """The amounts and how often each, within the relative accuracy, the highest first."""
        found = [(self._value(b), self._buckets[b]) for b in sorted(self._buckets, reverse=True)]
        return [*found, (0.0, self.zeros)] if self.zeros else found

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values, buckets in ascending order."""
        return {
            "format": FORMAT,
            "accuracy": self.accuracy,
            "zeros": self.zeros,
            "buckets": {str(bucket): self._buckets[bucket] for bucket in sorted(self._buckets)},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"sketch format is {data.get('format')!r}: this reads {FORMAT!r}")
        sketch = cls(data["accuracy"])
        sketch.zeros = int(data["zeros"])
        sketch._buckets = {int(bucket): int(n) for bucket, n in data["buckets"].items()}
        return sketch

    def _value(self, bucket: int) -> float:
        return 2.0 * self._gamma**bucket / (self._gamma + 1.0)
