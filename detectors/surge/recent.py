"""The newest complaints one by one: what an incident that is found now is made of."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from detectors.surge.series import Key, Values, matches

MOST = 10_000
"""Complaints held. Where more come within a week, an incident's customers are counted from later
on, and its complaints only by the hour."""


class Complained(msgspec.Struct, array_like=True, gc=False):
    """One complaint, opened or taken up again. `at` in epoch seconds; `value` currency a year."""

    at: float
    customer_id: str
    complaint_id: str
    value: float
    values: Values
    is_taken: bool = False
    """Whether an incident explains it."""


class Recent:
    """The complaints of the last days, in the order in which they came."""

    def __init__(self, held: Sequence[Complained] = ()) -> None:
        self._held: deque[Complained] = deque()
        self._known: set[tuple[str, Values]] = set()
        for complaint in held:
            self.add(complaint)

    def add(self, complaint: Complained) -> None:
        """Note a complaint that is like none held; the oldest goes when there are too many."""
        if len(self._held) >= MOST:
            self._drop()
        self._held.append(complaint)
        self._known.add((complaint.customer_id, complaint.values))

    def has_like(self, complaint: Complained) -> bool:
        """Whether a complaint of the same customer about the same is held."""
        return (complaint.customer_id, complaint.values) in self._known

    def forget(self, before: float) -> None:
        """Drop the first ones from before a moment (epoch s)."""
        while self._held and self._held[0].at < before:
            self._drop()

    def _drop(self) -> None:
        gone = self._held.popleft()
        self._known.discard((gone.customer_id, gone.values))

    def of(self, key: Key, since: float) -> Iterator[Complained]:
        """The complaints of a series since a moment (epoch s)."""
        return (c for c in self._held if c.at >= since and matches(key, c.values))

    def to_json(self) -> list[Any]:
        """The state as JSON values."""
        return [msgspec.to_builtins(complaint) for complaint in self._held]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> "Recent":
        """What `to_json` wrote."""
        return cls(msgspec.convert(list(data), list[Complained]))
