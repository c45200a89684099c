"""The series that are held: the heaviest, in a table that never grows."""

from collections.abc import Iterable

import numpy as np

from detectors.surge.series import Key


class Slots:
    """Which series holds which row; a new one takes the row of the lightest when all are taken.

    *Space-Saving* (Metwally, Agrawal & El Abbadi 2005, algorithm 1): a newcomer inherits the weight
    of the series that it drives out, which is the most that it can have had unseen. Weights fade by
    `fade`, so that they are those of recent weeks.

    >>> slots = Slots(2)
    >>> [slots.admit((name,), 0.0, ())[0] for name in "ab"]
    [0, 1]
    >>> slots.add(0, 3.0)
    >>> slots.admit(("c",), 0.0, ()), slots.find(("b",))
    ((1, ('b',)), None)
    """

    def __init__(self, capacity: int) -> None:
        self.keys: list[Key] = []
        self.weights = np.zeros(capacity)
        self._index: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, key: Key) -> int | None:
        """The row of a series, if it is held."""
        return self._index.get(key)

    def add(self, slot: int, weight: float) -> None:
        """Count for a series."""
        self.weights[slot] += weight

    def fade(self, factor: float) -> None:
        """Let all weights fade."""
        self.weights *= factor

    def admit(self, key: Key, weight: float, kept: Iterable[int]) -> tuple[int, Key | None]:
        """Give a series that is not held a row; which, and who had it before.

        `kept`: rows that nobody may take. `weight`: what the series is known to weigh at least.
        """
        replaced = None
        slot = len(self.keys)
        if slot < len(self.weights):
            self.keys.append(key)
        else:
            weights = self.weights.copy()
            weights[list(kept)] = np.inf
            slot = int(np.argmin(weights))
            replaced = self.keys[slot]
            del self._index[replaced]
            self.keys[slot] = key
        self._index[key] = slot
        self.weights[slot] = max(weight, float(self.weights[slot]))
        return slot, replaced

    def restore(self, keys: list[Key]) -> None:
        """Take up the keys of the rows, in order."""
        self.keys = keys
        self._index = {key: slot for slot, key in enumerate(keys)}
