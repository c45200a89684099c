"""A ranking of many customers in little space: how much the k-th best has, whatever is spread how.

Each partition ranks the customers whom it reviewed on a day; the portfolio lays these rankings side
by side. Unlike buckets of amounts, this is exact enough for any distribution: equal amounts, heavy
tails, or all customers within one per cent of each other.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, Self

from detectors.customer.state import MONEY
from detectors.value.sketch import FORMAT as BUCKETS
from detectors.value.sketch import QuantileSketch

FORMAT = "ranking/1"
DEPTH = 200
"""The first so many amounts stand alone; a run that begins at rank k holds k/DEPTH of them."""


class Ranking:
    """Amounts in held money, the highest first, neighbours put together in runs.

    A run keeps its lowest amount, its count and its sum; the one that begins after k amounts holds
    at most max(1, k/200) of them, or more if they are all equal. So a few are held one by one, and
    of n amounts about 200·(1 + ln(n/200)) runs are left. Rank errors of parts add up to at most
    those of the whole (Agarwal et al. 2013, Mergeable Summaries, ACM TODS 38(4), on one-way
    merges); that the error is relative to the rank from the top is the idea of Cormode et al. 2021,
    Relative Error Streaming Quantiles (PODS), without their chance, as all amounts of a part are at
    hand.

    Error: the amount that `least_of` gives for the best k of n is reached by k to 1.005·k of them,
    if equal amounts may be counted or not: at most 0.4 % of n at a boundary of 80 %.

    >>> ranking = Ranking.of(range(1, 1001))
    >>> ranking.count, ranking.least_of(0.01), ranking.least_of(1.0)
    (1000, 991, 1)
    """

    def __init__(self, runs: list[tuple[int, int, int]]) -> None:
        """`runs`: lowest amount, count and sum of each, the highest first."""
        self._runs = runs
        self.count = sum(count for _, count, _ in runs)
        self.total = sum(total for _, _, total in runs)

    @classmethod
    def of(cls, amounts: Iterable[int]) -> Self:
        """The ranking of some amounts (held money, of any sign)."""
        runs: list[tuple[int, int, int]] = []
        lowest, count, total, room, equal, before = 0, 0, 0, 0, False, 0
        for amount in sorted(amounts, reverse=True):
            if count and (count < room or (equal and amount == lowest)):
                equal = equal and amount == lowest
                lowest, count, total = amount, count + 1, total + amount
                continue
            if count:
                runs.append((lowest, count, total))
                before += count
            lowest, count, total, room, equal = amount, 1, amount, before // DEPTH, True
        if count:
            runs.append((lowest, count, total))
        return cls(runs)

    @classmethod
    def together(cls, rankings: Iterable["Ranking"]) -> Self:
        """All their amounts as one ranking; the order of `rankings` does not matter."""
        return cls(sorted((run for ranking in rankings for run in ranking._runs), reverse=True))

    def least_of(self, share: float) -> int:
        """The least amount of the best ⌈share·n⌉, at least of the best one: n×`share` customers.

        Raises ValueError for an empty ranking.
        """
        if not self.count:
            raise ValueError("the ranking is empty: there is no amount to give")
        wanted, reached = self._number(share), 0
        for lowest, count, _ in self._runs:
            reached += count
            if reached >= wanted:
                return lowest
        return self._runs[-1][0]

    def sum_of(self, share: float) -> float:
        """The sum of the best ⌈share·n⌉; of a run that is cut, the part."""
        wanted, total = self._number(share), 0.0
        for _, count, amount in self._runs:
            if wanted <= count:
                return total + amount * wanted / count
            total += amount
            wanted -= count
        return total

    def reaching(self, amount: int) -> tuple[int, int]:
        """How many have at least `amount`, as far as the runs tell, and their sum."""
        found = [(count, total) for lowest, count, total in self._runs if lowest >= amount]
        return sum(count for count, _ in found), sum(total for _, total in found)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        lowest, counts, totals = (
            map(list, zip(*self._runs, strict=True)) if self._runs else 3 * ([],)
        )
        return {"format": FORMAT, "lowest": lowest, "counts": counts, "totals": totals}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote, or the sketch that came before. ValueError for another format."""
        if data.get("format") == BUCKETS:
            buckets = QuantileSketch.from_json(data).amounts()
            held = [(round(amount * MONEY), count) for amount, count in buckets]
            return cls([(amount, count, amount * count) for amount, count in held])
        if data.get("format") != FORMAT:
            raise ValueError(f"ranking format is {data.get('format')!r}: this reads {FORMAT!r}")
        return cls(list(zip(data["lowest"], data["counts"], data["totals"], strict=True)))

    def _number(self, share: float) -> int:
        # 0.07 × 100 is a little more than 7.
        return min(max(ceil(round(share * self.count, 6)), 1), self.count)
