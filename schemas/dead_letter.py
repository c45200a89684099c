"""Topic `dead-letters`: a record that could not be used, kept whole, with the reason."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import Time
from schemas.limits import KIB

KEPT_BYTES = 64 * KIB
"""How much of a rejected value is kept."""


class Header(Struct, kw_only=True, gc=False):
    """A Kafka header of the rejected record."""

    name: Annotated[str, Meta(description="Name of the header.")]
    value_base64: Annotated[str, Meta(description="Its bytes, base64.")]


class DeadLetter(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A rejected record: where it came from, why it was rejected, and its bytes.

    The bytes may hold personal data; whoever may not read the source may not read this topic.
    """

    dead_letter_id: Annotated[str, Meta(description="source topic/partition/offset.")]
    source_topic: Annotated[str, Meta(description="Logical name of the topic it was read from.")]
    source_partition: Annotated[int, Meta(description="Its partition.", ge=0)]
    source_offset: Annotated[int, Meta(description="Its offset.", ge=0)]
    reason: Annotated[str, Meta(description="A reject reason of the closed list, or `late`.")]
    detail: Annotated[str, Meta(description="Field and reason for a person; no payload in it.")]
    key: Annotated[
        str | None, Meta(description="The record key; bytes that are no UTF-8 as \\xNN.")
    ] = None
    value_base64: Annotated[
        str | None, Meta(description="The value, base64, first 64 KiB; absent for a tombstone.")
    ] = None
    truncated: Annotated[bool, Meta(description="True: the value was longer than 64 KiB.")] = False
    received_at: Annotated[Time, Meta(description="Kafka's time of the record, not event time.")]
    headers: Annotated[list[Header], Meta(description="Headers of the record, in order.")] = []

    @classmethod
    def of(
        cls,
        *,
        topic: str,
        partition: int,
        offset: int,
        reason: str,
        detail: str,
        key: bytes | None,
        value: bytes | None,
        received_at: float,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> "DeadLetter":
        """The dead letter of one raw record. received_at: epoch seconds of the Kafka record."""
        return cls(
            dead_letter_id=f"{topic}/{partition}/{offset}",
            source_topic=topic,
            source_partition=partition,
            source_offset=offset,
            reason=reason,
            detail=detail,
            key=None if key is None else key.decode("utf-8", "backslashreplace"),
            value_base64=None if value is None else _base64(value[:KEPT_BYTES]),
            truncated=value is not None and len(value) > KEPT_BYTES,
            received_at=datetime.fromtimestamp(received_at, UTC),
            headers=[Header(name=name, value_base64=_base64(raw)) for name, raw in headers],
        )


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
