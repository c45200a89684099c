"""The customers whom an incident touches: how many, what is at stake, and who is worth most."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Self

SAMPLE = 512
"""Customers held to count by; up to here all counts are exact."""
TOP = 20
"""Customers named."""
RANGE = 2**53
"""Hashes are whole numbers below this, which JSON keeps exactly."""


class Affected:
    """Different customers, counted in bounded memory.

    Those with the smallest hashes are kept (*bottom-k*, also *KMV*: Bar-Yossef et al. 2002; the
    unbiased count (k − 1)/u of Beyer et al. 2007, u the largest kept hash as a share of the range).
    They are a random sample of the customers, so their mean value times the count is the sum.

    >>> affected = Affected()
    >>> for name, value in (("a", 5.0), ("b", 7.0), ("a", 5.0)):
    ...     affected.add(name, value)
    >>> affected.count(), affected.value(), affected.top[0]
    (2, 12.0, ('b', 7.0))
    """

    def __init__(self) -> None:
        self._sample: dict[int, float] = {}
        self._limit = RANGE
        self.top: list[tuple[str, float]] = []
        """The most valuable ones, by value."""

    def add(self, customer_id: str, value: float) -> None:
        """Note a customer and the value at stake (currency units a year)."""
        place = int.from_bytes(blake2b(customer_id.encode(), digest_size=8).digest()) % RANGE
        if place < self._limit:
            self._sample[place] = max(value, self._sample.get(place, value))
            if len(self._sample) > SAMPLE:
                del self._sample[max(self._sample)]
                self._limit = max(self._sample)
        if len(self.top) < TOP or value >= self.top[-1][1]:
            others = [entry for entry in self.top if entry[0] != customer_id]
            before = next((v for name, v in self.top if name == customer_id), value)
            others.append((customer_id, max(value, before)))
            self.top = sorted(others, key=lambda entry: (-entry[1], entry[0]))[:TOP]

    def count(self) -> int:
        """How many different customers: exact up to `SAMPLE`, then within about 4 %."""
        if len(self._sample) < SAMPLE:
            return len(self._sample)
        return round((SAMPLE - 1) * RANGE / max(self._sample))

    def value(self) -> float:
        """Sum of their values, as exact as the count."""
        if not self._sample:
            return 0.0
        return sum(self._sample[key] for key in sorted(self._sample)) * (
            self.count() / len(self._sample)
        )

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"sample": sorted(self._sample.items()), "top": self.top}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        found = cls()
        found._sample = {int(place): float(value) for place, value in data["sample"]}
        if len(found._sample) >= SAMPLE:
            found._limit = max(found._sample)
        found.top = [(str(name), float(value)) for name, value in data["top"]]
        return found
