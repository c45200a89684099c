"""Published values of one kind, each in force from its `as_of` on (law 2)."""

from bisect import bisect_right
from typing import Generic, TypeVar

T = TypeVar("T")


class Versions(Generic[T]):
    """Values by the moment from which they hold (epoch s).

    >>> versions = Versions()
    >>> versions.install(20.0, "new")
    >>> versions.install(10.0, "old")
    >>> versions.at(5.0), versions.at(10.0), versions.at(25.0)
    (None, 'old', 'new')
    """

    def __init__(self) -> None:
        self._as_of: list[float] = []
        self._values: list[T] = []

    def install(self, as_of: float, value: T) -> None:
        """Take a value; of equal moments the one installed last holds."""
        at = bisect_right(self._as_of, as_of)
        self._as_of.insert(at, as_of)
        self._values.insert(at, value)

    def at(self, moment: float) -> T | None:
        """The value in force at `moment`; None before the first."""
        index = bisect_right(self._as_of, moment) - 1
        return self._values[index] if index >= 0 else None

    def forget(self, before: float) -> None:
        """Drop what no use at or after `before` can need."""
        keep = max(bisect_right(self._as_of, before) - 1, 0)
        del self._as_of[:keep], self._values[:keep]
