"""Events for the tests on Kafka: within a day, so that no model or portfolio comes into play.

What these say depends on when they arrive, so a run with them has no exact oracle.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson

BEGIN = datetime(2025, 3, 1, 8, tzinfo=UTC)
KINDS = ("purchase", "visit", "purchase", "return", "contact", "cancel_request", "usage")


def interactions(
    count: int, *, begin: int = 0, customers: int = 40
) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of ``count`` interactions; every seventh asks to cancel, which is scored."""
    for number in range(begin, begin + count):
        customer = f"customer-{number * 7 % customers}"
        event = {
            "event_id": f"event-{number}",
            "customer_id": customer,
            "kind": KINDS[number % len(KINDS)],
            "occurred_at": (BEGIN + timedelta(seconds=number)).isoformat(),
            "order_id": f"order-{number // 3}",
            "amount": 10.0 + number % 13,
            "currency": "GBP",
        }
        yield customer.encode(), orjson.dumps(event)


def garbage(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Records that no codec can read."""
    for number in range(count):
        yield f"customer-{number % 40}".encode(), b'{"event_id": "cut o'
