"""What is told of models and of the portfolio."""

from collections.abc import Mapping

from detectors.customer.state import MONEY
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages.envelope import message
from detectors.models.drift import Block
from detectors.targets import target_of
from detectors.value.census import Census
from detectors.value.ranking import Ranking
from schemas.model_event import ModelEvent
from schemas.portfolio_fact import PortfolioFact


def model_event(event: ModelEvent) -> Message:
    """What happened to the models of a target, keyed by it."""
    at = event.occurred_at.timestamp()
    return message("model-events", event, key=target_of(event).name, id=event.event_id, at=at)


def portfolio_fact(
    partition: int, day: int, part: int, census: Census, scored: Mapping[str, Block]
) -> Message:
    """What some of one partition's customers reviewed on `day` did: replaceable by its key.

    `part` counts the facts of this partition and day; `scored`: sums of each feature and of the
    score.
    """
    revenues = Ranking.of(census.revenues)
    fact = PortfolioFact(
        partition=partition,
        bucket=day,
        part=part,
        customers=revenues.count,
        revenue=round(revenues.total / MONEY, 2),
        sketch=revenues.to_json(),
        scored=dict(scored),
        rhythms=[(*counts, number) for counts, number in sorted(census.rhythms.items())],
        profit=Ranking.of(census.profits).to_json(),
        rungs={
            name: (customers, round(revenue / MONEY, 2), round(profit / MONEY, 2), round(risk, 6))
            for name, (customers, revenue, profit, risk) in sorted(census.rungs.items())
            if name
        },
        churned=dict(sorted(census.churned.items())),
        moves=[(*move, number) for move, number in sorted(census.moves.items())],
        gaps={name: sketch.to_json() for name, sketch in census.gaps().items()},
        satisfaction=census.satisfaction.fact(),
    )
    key = f"{partition}/{day}/{part}" if part else f"{partition}/{day}"
    return message("portfolio-facts", fact, key=key, id=f"fact-{key}", at=(day + 1.0) * DAY)
