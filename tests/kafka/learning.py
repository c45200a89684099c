"""A policy whose labels mature within weeks, events for it, and what the trainer made of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson

from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample
from tests.kafka.deployment import Deployment

POLICY = """
[churn]
active_window = "30d"
horizon = "14d"
"""
BEGIN = datetime(2024, 1, 1, 9, tzinfo=UTC)


def purchases(begin: int, end: int, customers: int = 150) -> Iterator[tuple[bytes, bytes]]:
    """Every customer buys each few days, from day ``begin`` to ``end``; half of them stop."""
    for day in range(begin, end):
        for number in range(customers):
            if day % (3 + number % 5) or (number % 2 and day > 40 + number % 30):
                continue
            customer = f"customer-{number}"
            event = {
                "event_id": f"{customer}-{day}",
                "customer_id": customer,
                "kind": "purchase",
                "occurred_at": (BEGIN + timedelta(days=day, seconds=number)).isoformat(),
                "amount": 20.0 + number,
                "currency": "GBP",
            }
            yield customer.encode(), orjson.dumps(event)


def snapshots(deployment: Deployment) -> list[ModelSnapshot]:
    """What the trainer has published."""
    found = [
        decode_output("model-snapshots", i.value or b"") for i in deployment.read("model-snapshots")
    ]
    return [item for item in found if isinstance(item, ModelSnapshot)]


def is_in(example: TrainingExample, snapshot: ModelSnapshot) -> bool:
    """Whether a model has learned an example: each partition comes in the order of maturity."""
    mark = [example.matured_at.timestamp(), example.customer_id]
    return mark <= snapshot.applied.get(str(example.partition), [])
