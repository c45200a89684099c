"""What complaints are counted by: product, category, cause, channel, region, and their pairs."""

from collections.abc import Sequence
from itertools import combinations

DIMENSIONS = ("product_id", "category", "cause", "channel", "region")
"""What a complaint can be about, in the order of `Values`."""

Values = tuple[str | None, ...]
"""The values of one complaint, one for each dimension; None: not known."""

Key = tuple[str | None, ...]
"""A series: the values that it is about, None for every other dimension."""

KINDS: tuple[tuple[int, ...], ...] = tuple(
    chosen for size in (1, 2) for chosen in combinations(range(len(DIMENSIONS)), size)
)
"""The dimensions of every kind of series: five of one, ten of two."""

ALL: Key = (None,) * len(DIMENSIONS)
"""All complaints together: no series that can surge, but what the others share is learned of it."""

MEANINGLESS = frozenset({"unknown", "none", "n/a", ""})
"""Values that say nothing: no series is kept of them."""


def values_of(named: Sequence[str | None]) -> Values:
    """The values of a complaint, given in the order of `DIMENSIONS`, without meaningless ones."""
    return tuple(None if value is None or value in MEANINGLESS else value for value in named)


def series_of(values: Values) -> list[tuple[int, Key]]:
    """Kind and key of every series that a complaint belongs to: 15 when all is known."""
    found: list[tuple[int, Key]] = []
    for kind, chosen in enumerate(KINDS):
        key: list[str | None] = [None] * len(DIMENSIONS)
        for dimension in chosen:
            value = key[dimension] = values[dimension]
            if value is None:
                break
        else:
            found.append((kind, tuple(key)))
    return found


def matches(key: Key, values: Values) -> bool:
    """Whether the series counts a complaint with these values; so does every broader series."""
    return all(own is None or own == other for own, other in zip(key, values, strict=True))


def width(key: Key) -> int:
    """How many dimensions the series fixes: 1 or 2, or 0 for `ALL`."""
    return sum(value is not None for value in key)
