"""What goes into a processor and what comes out of it: values only."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from schemas.codec import Decoded, Rejected

OUTCOMES = ("applied", "duplicate", "late", "dead_lettered")
"""Every record read ends as exactly one of these (law 4)."""


class Record(msgspec.Struct, gc=False):
    """One record of an input topic, decoded or rejected by the codec.

    `topic` is the logical name without prefix; `timestamp` is when Kafka received it (epoch s).
    """

    topic: str
    partition: int
    offset: int
    timestamp: float
    key: bytes | None
    value: bytes | None
    decoded: Decoded | Rejected


class Message(msgspec.Struct, frozen=True, gc=False):
    """One record to send to a logical output topic."""

    topic: str
    key: bytes
    value: bytes | None


@dataclass(slots=True)
class Output:
    """All that a call of the processor wants done, in this order: messages, then states."""

    messages: list[Message] = field(default_factory=list)
    states: dict[bytes, bytes | None] = field(default_factory=dict)
    """Writes to the store and its changelog: key → encoded state."""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records by topic and outcome."""
    rejects: Counter[str] = field(default_factory=Counter)
    """Dead letters and late events by reason."""
    alerts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Alert messages by kind, band and stage."""
    unknown_kinds: int = 0
    unknown_fields: int = 0
    reviews: int = 0
    examples: int = 0
    watermark: float = float("-inf")
    """Event time up to which this partition is complete (epoch s)."""
    more: bool = False
    """Whether this is a part, and others follow."""

    def account(self, topic: str, outcome: str) -> None:
        """Count one record."""
        self.counts[topic, outcome] += 1
