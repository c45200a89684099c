"""Load for the scenarios: seeded events of one day, in which every kind of outcome occurs.

Within a day no model, portfolio or review comes into play, so what must come out is known exactly.
Complaints come from customers of their own: what is said of a customer must not depend on how the
records of two topics were merged.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

BEGIN = datetime(2025, 3, 1, 8, tzinfo=UTC)
KINDS = ("purchase", "visit", "purchase", "return", "contact", "cancel_request", "usage")

Pair = tuple[bytes | None, bytes | None]


@dataclass(frozen=True)
class Load:
    """Shares of the records that are odd; the rest is plain interactions."""

    seed: int
    customers: int = 40
    repeats: float = 0.03
    """An event again, soon or much later."""
    disorder: float = 0.1
    """Up to an hour older than the one before."""
    too_late: float = 0.01
    """Two days old: beyond `time.lateness`."""
    ahead: float = 0.0
    """Ten years ahead of the clock that receives it: a producer with a wrong clock."""
    garbage: float = 0.01

    def interactions(self, count: int, *, begin: int = 0) -> Iterator[Pair]:
        """``count`` records, the plain ones numbered from ``begin``; a second apart."""
        chance = random.Random(f"{self.seed}/{begin}")
        before: list[Pair] = []
        for number in range(begin, begin + count):
            drawn = chance.random()
            customer = f"customer-{chance.randrange(self.customers)}"
            at = BEGIN + timedelta(seconds=number)
            if drawn < self.repeats and before:
                yield chance.choice(before[-500:])
                continue
            drawn -= self.repeats
            if 0 <= drawn < self.garbage:
                yield customer.encode(), b'{"event_id": "cut o'
                continue
            drawn -= self.garbage
            if 0 <= drawn < self.too_late and number > begin:
                at -= timedelta(days=2)
            elif 0 <= drawn - self.too_late < self.ahead:
                at += timedelta(days=3652)
            elif chance.random() < self.disorder:
                at = max(at - timedelta(seconds=chance.randrange(3600)), BEGIN)
            pair = customer.encode(), interaction(customer, number, at, chance.randrange(1, 500))
            before.append(pair)
            yield pair


def interaction(
    customer: str, number: int, at: datetime, amount: int, currency: str = "GBP"
) -> bytes:
    """One interaction; its kind and ids follow from its number."""
    event = {
        "event_id": f"event-{number}",
        "customer_id": customer,
        "kind": KINDS[number % len(KINDS)],
        "occurred_at": at.isoformat(),
        "order_id": f"order-{number // 3}",
        "amount": amount / 4,
        "currency": currency,
    }
    return orjson.dumps(event)


def complaints(count: int, *, begin: int = 0, customers: int = 400) -> Iterator[Pair]:
    """``count`` complaints, every second one answered a minute later."""
    for number in range(begin, begin + count):
        customer = f"complainer-{number % customers}"
        at = BEGIN + timedelta(seconds=number)
        step = {
            "event_id": f"complaint-{number}-opened",
            "complaint_id": f"complaint-{number}",
            "customer_id": customer,
            "stage": "opened",
            "occurred_at": at.isoformat(),
            "severity": number % 5 + 1,
            "cause": "poor_service",
        }
        yield customer.encode(), orjson.dumps(step)
        if number % 2:
            answered = {
                "event_id": f"complaint-{number}-responded",
                "complaint_id": f"complaint-{number}",
                "customer_id": customer,
                "stage": "responded",
                "occurred_at": (at + timedelta(minutes=1)).isoformat(),
            }
            yield customer.encode(), orjson.dumps(answered)
