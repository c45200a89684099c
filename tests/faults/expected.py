"""What must be, computed naively from the records of the input topics.

Written without a look at how the product decides: every record is read on its own with plain JSON,
and put into one of the four outcomes of law 4 by the words of the documentation. It shares no code
with the codec, the processor, or the state.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from tests.kafka.deployment import Item

DAY = 86_400
TEN_THOUSANDTHS = 10_000
CONTACTS = {"contact", "visit", "call", "offer"}
INPUTS = ("interactions", "complaints", "profiles", "feedback")


@dataclass
class Customer:
    """What the events of one customer add up to."""

    figures: Counter[str] = field(default_factory=Counter)
    """Events by ``DAY/what``; money in ten-thousandths."""
    complaints: dict[str, int] = field(default_factory=dict)
    """By complaint: 1 if opened, 2 if answered, 3 for both."""
    offsets: list[int] = field(default_factory=lambda: [-1] * len(INPUTS))
    """The last record of each input topic that was about the customer and no reject."""
    first_at: float = 0.0
    last_at: float = 0.0
    seen: set[str] = field(default_factory=set)


@dataclass
class Expected:
    """All customers, and the outcome of every record."""

    lateness: float
    future_limit: float
    customers: defaultdict[str, Customer] = field(default_factory=lambda: defaultdict(Customer))
    outcomes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Topic → applied, duplicate, late or dead_lettered → how many."""
    refused: dict[str, str] = field(default_factory=dict)
    """``topic/partition/offset`` of each late or dead-lettered record → which of the two."""
    newest: dict[tuple[int, str], float] = field(default_factory=dict)
    """Partition and topic → the newest event time."""

    def read(self, topic: str, items: Iterable[Item]) -> None:
        """Take in a whole topic, each partition in order."""
        for item in items:
            outcome = self._outcome(topic, item)
            self.outcomes[topic][outcome] += 1
            if outcome in ("late", "dead_lettered"):
                self.refused[f"{topic}/{item.partition}/{item.offset}"] = outcome

    def _outcome(self, topic: str, item: Item) -> str:
        try:
            event = orjson.loads(item.value or b"")
            at = datetime.fromisoformat(event["occurred_at"]).timestamp()
            name = event["customer_id"]
            what = event["stage" if topic == "complaints" else "kind"]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return "dead_lettered"
        if item.key != str(name).encode() or not isinstance(what, str):
            return "dead_lettered"
        if at > item.timestamp / 1000 + self.future_limit:
            return "dead_lettered"
        place = item.partition, topic
        self.newest[place] = max(self.newest.get(place, at), at)
        if at < self.newest[place] - self.lateness:
            return "late"
        customer = self.customers[name]
        customer.offsets[INPUTS.index(topic)] = item.offset
        if event["event_id"] in customer.seen:
            return "duplicate"
        customer.seen.add(event["event_id"])
        customer.first_at = min(customer.first_at or at, at)
        customer.last_at = max(customer.last_at, at)
        if topic == "complaints":
            step = 1 if what == "opened" else 2
            complaint = event["complaint_id"]
            customer.complaints[complaint] = customer.complaints.get(complaint, 0) | step
        else:
            count(customer.figures, int(at // DAY), what, event.get("amount") or 0.0)
        return "applied"


def count(figures: Counter[str], day: int, kind: str, amount: float) -> None:
    """Add one interaction to the figures of a customer's day."""
    figures[f"{day}/events"] += 1
    if kind == "purchase":
        figures[f"{day}/purchases"] += 1
        figures[f"{day}/spend"] += round(amount * TEN_THOUSANDTHS)
    elif kind == "return":
        figures[f"{day}/returned"] += round(amount * TEN_THOUSANDTHS)
    elif kind == "cancel_request":
        figures[f"{day}/cancel_requests"] += 1
    elif kind == "cancel":
        figures[f"{day}/cancels"] += 1
    elif kind in CONTACTS:
        figures[f"{day}/contacts"] += 1
