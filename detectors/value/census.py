"""A census: what one partition tells the portfolio of the customers it reviewed on a day.

It is all sums, counts and rankings, so that those of all partitions and days add up.
"""

from collections import Counter
from collections.abc import Sequence

from detectors.customer.facts import Counts, Facts, counts_of
from detectors.customer.state import CustomerState
from detectors.policy import Policy
from detectors.satisfaction.tally import SatisfactionTally
from detectors.value.rhythm import ALL, own_gap
from detectors.value.sketch import QuantileSketch
from detectors.value.standing import Move

MOST_CATEGORIES = 100
"""Categories of a day that are told one by one, those with the most customers."""
_ACCURACY = 0.02
"""Of a median gap."""


class Census:
    """Counts the customers of a day."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._active_days = policy.active_days
        self.revenues: list[int] = []
        """Held money of the value window, of those who have spent more than they returned."""
        self.profits: list[int] = []
        """Held money of the value window, of all."""
        self.rhythms: Counter[Counts] = Counter()
        self.rungs: dict[str, tuple[int, float, float, float]] = {}
        self.churned: dict[str, tuple[int, int]] = {}
        self.moves: Counter[tuple[str, str, str]] = Counter()
        self.satisfaction = SatisfactionTally(policy)
        self._gaps: dict[str, QuantileSketch] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.profits or self.moves or self.churned)

    def count(
        self, state: CustomerState, facts: Facts, revenue: int, profit: int, risk: float
    ) -> None:
        """Count a customer that was reviewed, as it stands now.

        `revenue` and `profit` of the value window in held money; `risk` is the probability to
        leave."""
        if revenue > 0:
            self.revenues.append(revenue)
        self.profits.append(profit)
        self.satisfaction.review(state, facts)
        for name in (state.level, state.grade):
            customers, revenues, profits, risks = self.rungs.get(name, (0, 0.0, 0.0, 0.0))
            self.rungs[name] = (customers + 1, revenues + revenue, profits + profit, risks + risk)
        # Of those who came within the active window, none has left the population unseen.
        if facts.tenure < self._active_days:
            self.rhythms[counts_of(facts)] += 1
        gap = own_gap(facts, self._policy.loyalty)
        if gap is not None:
            for name in {facts.category, ALL}:
                self._gaps.setdefault(name, QuantileSketch(_ACCURACY)).add(gap)

    def label(self, level: str, churned: bool) -> None:
        """Count a prediction of one who stood on `level`, whose horizon has ended."""
        labelled, left = self.churned.get(level, (0, 0))
        self.churned[level] = (labelled + 1, left + churned)

    def move(self, moves: Sequence[Move]) -> None:
        """Count moves."""
        for move in moves:
            self.moves[move.scale, move.before, move.after] += 1

    def gaps(self) -> dict[str, QuantileSketch]:
        """Mean gaps of customers with a rhythm of their own, by category and of all."""
        names = sorted(self._gaps, key=lambda name: (name != ALL, -self._gaps[name].count, name))
        return {name: self._gaps[name] for name in names[: MOST_CATEGORIES + 1]}
