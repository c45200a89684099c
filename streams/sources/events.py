"""What a source gives: an event with the place it came from."""

from typing import Any

import msgspec
import orjson


class SourceEvent(msgspec.Struct, frozen=True, gc=False):
    """One row as an event of a topic."""

    topic: str
    """Logical name, without a deployment's prefix."""
    key: str
    """The customer_id."""
    value: dict[str, Any]
    """The payload as plain JSON values; times in UTC."""
    occurred_at: float
    """Event time, seconds since 1970."""
    row: int
    """Position in the file: 1 is the first row of data."""
    path: str
    """The file's name as the source file writes it."""
    rule: int
    """Which of the source's rules made it: 0 is the first."""

    def encoded(self) -> "EncodedEvent":
        """The event as Kafka gets it: the key in UTF-8, the value as plain JSON."""
        return EncodedEvent(
            self.topic,
            self.key.encode(),
            orjson.dumps(self.value),
            self.occurred_at,
            self.row,
            self.path,
        )


class EncodedEvent(msgspec.Struct, frozen=True, gc=False):
    """A `SourceEvent` as the bytes that Kafka gets."""

    topic: str
    key: bytes
    value: bytes
    occurred_at: float
    row: int
    path: str
