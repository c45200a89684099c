"""What a source gives: an event with the place it came from."""

from typing import Any

import msgspec


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


class EncodedEvent(msgspec.Struct, frozen=True, gc=False):
    """A `SourceEvent` as the bytes that Kafka gets."""

    topic: str
    key: bytes
    value: bytes
    occurred_at: float
    row: int
    path: str
