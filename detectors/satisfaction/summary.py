"""The satisfaction of all active customers, from the facts of all partitions."""

from collections.abc import Sequence

from detectors.durations import DAY
from detectors.policy import Satisfaction as Rules
from detectors.satisfaction import intervals
from detectors.satisfaction.areas import AreaCounts, AreaName
from detectors.satisfaction.association import LabelHistory
from detectors.satisfaction.intervals import quantile_of
from schemas.satisfaction import (
    Area,
    MeanScore,
    NetPromoters,
    Satisfaction,
    SatisfactionFact,
    Share,
)

LEAST_CSAT, MOST_CSAT = 1.0, 5.0


def satisfaction_of(
    told: Sequence[tuple[int, SatisfactionFact]], history: LabelHistory, policy: Rules
) -> Satisfaction:
    """What the facts of one review interval, each with its day, and the labels before come to."""
    z = quantile_of(policy.confidence)
    labels, area_labels = history.sums(told)
    facts = [fact for _, fact in told]
    return Satisfaction(
        window_days=policy.window // DAY,
        confidence=policy.confidence,
        csat=_csat(facts, z),
        nps=_nps(facts, z),
        repurchase=share(sum(f.repeaters for f in facts), sum(f.buyers for f in facts), z),
        complaints=share(sum(f.complainers for f in facts), sum(f.customers for f in facts), z),
        churn=share(labels[1], labels[0], z),
        areas=ranked(labels, area_labels, _areas_now(facts, policy), policy),
    )


def ranked(
    labels: tuple[int, int], areas: AreaCounts, now: AreaCounts, policy: Rules
) -> list[Area]:
    """The areas, by the lower end of the difference in churn: what is sure comes first.

    `labels`: all customers whose outcome is known, and the leavers among them.
    """
    found = areas.items()
    z = quantile_of(policy.confidence)
    strict = quantile_of(1 - (1 - policy.confidence) / max(len(found), 1))
    rows = [
        _area(name, (int(number), int(left)), labels, now.get(name), z, strict)
        for name, (number, left) in found
    ]
    return sorted(rows, key=lambda row: (-row.low, row.dimension, row.name or ""))


def share(count: int, of: int, z: float) -> Share:
    """A share of customers with its interval."""
    low, high = intervals.wilson(count, of, z)
    rate = count / of if of else 0.0
    return Share(count=count, of=of, rate=_round(rate), low=_round(low), high=_round(high))


def _area(
    name: AreaName,
    own: tuple[int, int],
    labels: tuple[int, int],
    now: list[float] | None,
    z: float,
    strict: float,
) -> Area:
    number, left = own
    # Of the rest of a dimension one customer may count for several areas.
    others = max(labels[0] - number, 0)
    others_left = min(max(labels[1] - left, 0), others)
    low, high = intervals.difference(left, number, others_left, others, z)
    surely = intervals.difference(left, number, others_left, others, strict)
    rate, without = left / number, others_left / others if others else 0.0
    active, value = now or (0.0, 0.0)
    return Area(
        dimension=name[0],
        name=name[1] or None,
        customers=number,
        churned=left,
        rate=_round(rate),
        rate_without=_round(without),
        difference=_round(rate - without),
        low=_round(low),
        high=_round(high),
        is_clear=surely.low > 0 or surely.high < 0,
        active=int(active),
        value_at_stake=round(value, 2),
        expected_loss=round(value * max(rate - without, 0.0), 2),
    )


def _areas_now(facts: Sequence[SatisfactionFact], policy: Rules) -> AreaCounts:
    now = AreaCounts(policy.areas)
    for fact in facts:
        for dimension, name, *numbers in fact.areas:
            now.add((dimension, name), numbers)
    return now


def _csat(facts: Sequence[SatisfactionFact], z: float) -> MeanScore | None:
    count = sum(fact.csat[0] for fact in facts)
    if not count:
        return None
    total, squares = (sum(fact.csat[place] for fact in facts) for place in (1, 2))
    low, high = intervals.mean(count, total, squares, LEAST_CSAT, MOST_CSAT, z)
    mean = total / count
    return MeanScore(customers=count, mean=_round(mean), low=_round(low), high=_round(high))


def _nps(facts: Sequence[SatisfactionFact], z: float) -> NetPromoters | None:
    promoters, passives, detractors = (sum(fact.nps[place] for fact in facts) for place in range(3))
    answers = promoters + passives + detractors
    if not answers:
        return None
    low, high = intervals.net_promoters(promoters, passives, detractors, z)
    return NetPromoters(
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        score=round(100 * (promoters - detractors) / answers, 1),
        low=round(100 * low, 1),
        high=round(100 * high, 1),
    )


def _round(value: float) -> float:
    return round(value, 4)
