"""The portfolio of all customers from the facts of the latest reviews (D4, D5, D17)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from detectors.customer.state import MONEY
from detectors.messages.envelope import digest
from detectors.policy import Policy
from detectors.value import abc, pyramid
from detectors.value.abc import CLASSES
from detectors.value.pyramid import LEVELS
from detectors.value.ranking import Ranking
from detectors.value.rhythm import ALL
from detectors.value.sketch import QuantileSketch
from schemas.portfolio import FittedPrior, Moved, Portfolio, Rung
from schemas.portfolio_fact import PortfolioFact

BEST = (0.01, 0.05, 0.2)
"""Shares of the customers whose part of the whole is reported."""


def portfolio_of(
    facts: Sequence[PortfolioFact],
    at: datetime,
    policy: Policy,
    *,
    watch: dict[str, Any],
    priors: list[FittedPrior],
) -> Portfolio:
    """The portfolio as of `at`, of facts that cover everybody once, in a fixed order."""
    revenue = Ranking.together(Ranking.from_json(fact.sketch) for fact in facts)
    profit = Ranking.together(Ranking.from_json(fact.profit) for fact in facts if fact.profit)
    value, classes = policy.value, policy.abc
    levels = pyramid.shares_above(value.top, value.large, value.medium)
    grades = abc.shares_above(classes.a, classes.b, classes.c_minus)
    boundaries = boundaries_of(revenue, levels)
    counts, shares = _by_level(revenue, boundaries)
    return Portfolio(
        as_of=at,
        version=digest("portfolio", at.timestamp(), revenue.to_json(), profit.to_json()),
        customers=revenue.count,
        revenue=round(revenue.total / MONEY, 2),
        boundaries=boundaries,
        counts=counts,
        shares=shares,
        watch=watch,
        priors=priors,
        profit=round(profit.total / MONEY, 2),
        grade_boundaries=boundaries_of(profit, grades),
        concentration={
            name: {str(share): round(ranking.sum_of(share) / ranking.total, 6) for share in BEST}
            for name, ranking in (("revenue", revenue), ("profit", profit))
            if ranking.total > 0
        },
        levels=_rungs(facts, (*LEVELS, pyramid.INACTIVE)),
        grades=_rungs(facts, CLASSES),
        moves=_moves(facts),
        gaps=_gaps(facts, policy.loyalty.least_customers),
    )


def boundaries_of(ranking: Ranking, shares: dict[str, float]) -> dict[str, float]:
    """Name → least amount that belongs to it, in currency units; of nobody there are none."""
    if not ranking.count:
        return {}
    return {name: ranking.least_of(share) / MONEY for name, share in shares.items()}


def _by_level(
    revenue: Ranking, boundaries: dict[str, float]
) -> tuple[dict[str, int], dict[str, float]]:
    """Customers and share of revenue of each level, by the boundaries themselves."""
    counts: dict[str, int] = {}
    shares: dict[str, float] = {}
    total = revenue.total or 1
    above, above_total = 0, 0
    for level in LEVELS:
        reached, amount = revenue.count, revenue.total
        if level in boundaries:
            reached, amount = revenue.reaching(round(boundaries[level] * MONEY))
        counts[level] = reached - above
        shares[level] = round((amount - above_total) / total, 6)
        above, above_total = reached, amount
    return counts, shares


def _rungs(facts: Sequence[PortfolioFact], names: Sequence[str]) -> dict[str, Rung]:
    """Those who stand on each level, or in each class, in this order."""
    rungs = {}
    for name in names:
        found = [fact.rungs[name] for fact in facts if name in fact.rungs]
        labels = [fact.churned[name] for fact in facts if name in fact.churned]
        customers = sum(rung[0] for rung in found)
        if customers or labels:
            rungs[name] = Rung(
                customers=customers,
                revenue=round(sum(rung[1] for rung in found), 2),
                profit=round(sum(rung[2] for rung in found), 2),
                risk=round(sum(rung[3] for rung in found) / customers, 6) if customers else 0.0,
                labelled=sum(label[0] for label in labels),
                churned=sum(label[1] for label in labels),
            )
    return rungs


def _moves(facts: Sequence[PortfolioFact]) -> list[Moved]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for fact in facts:
        for scale, before, after, number in fact.moves:
            counts[scale, before, after] += number
    return [
        Moved(scale=scale, from_level=before, to_level=after, customers=number)  # type: ignore[arg-type]
        for (scale, before, after), number in sorted(counts.items())
    ]


def _gaps(facts: Sequence[PortfolioFact], least: int) -> dict[str, float]:
    """The median gap of each category with enough customers, and of all."""
    sketches: dict[str, QuantileSketch] = {}
    for fact in facts:
        for name, data in fact.gaps.items():
            sketch = QuantileSketch.from_json(data)
            if name in sketches:
                sketches[name].merge(sketch)
            else:
                sketches[name] = sketch
    return {
        name: round(sketch.quantile(0.5), 2)
        for name, sketch in sorted(sketches.items())
        if sketch.count >= least or (name == ALL and sketch.count)
    }
