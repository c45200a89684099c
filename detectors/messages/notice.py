"""What is told of models and of the portfolio."""

from collections.abc import Mapping
from typing import Any

from detectors.customer.facts import Counts
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages.envelope import message
from detectors.models.drift import Block
from detectors.targets import target_of
from detectors.value.sketch import QuantileSketch
from schemas.model_event import ModelEvent
from schemas.portfolio_fact import PortfolioFact
from schemas.satisfaction import SatisfactionFact


def model_event(event: ModelEvent) -> Message:
    """What happened to the models of a target, keyed by it."""
    at = event.occurred_at.timestamp()
    return message("model-events", event, key=target_of(event).name, id=event.event_id, at=at)


def portfolio_fact(
    partition: int,
    day: int,
    sketch: QuantileSketch,
    revenue: float,
    rhythms: Mapping[Counts, int],
    scored: Mapping[str, Block],
    satisfaction: SatisfactionFact,
) -> Message:
    """What one partition's customers reviewed on `day` did: replaceable by its key."""
    data: dict[str, Any] = sketch.to_json()
    fact = PortfolioFact(
        partition=partition,
        bucket=day,
        customers=sketch.count,
        revenue=round(revenue, 2),
        sketch=data,
        scored=dict(scored),
        rhythms=[(*counts, number) for counts, number in sorted(rhythms.items())],
        satisfaction=satisfaction,
    )
    key = f"{partition}/{day}"
    return message("portfolio-facts", fact, key=key, id=f"fact-{key}", at=(day + 1.0) * DAY)
