"""Records for the tests of the codec: good ones, to be spoiled one thing at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.codec import Codec, Decoded, Rejected

RECEIVED_AT = 1_300_000_000.0  # 2011-03-13T07:06:40Z
SOURCE = "interactions/3/141"

GOOD: Mapping[str, dict[str, Any]] = {
    "interactions": {
        "event_id": "536365/1",
        "customer_id": "17850",
        "kind": "purchase",
        "occurred_at": "2010-12-01T08:26:00Z",
        "product_id": "85123A",
        "quantity": 6,
        "unit_price": 2.55,
        "currency": "GBP",
    },
    "complaints": {
        "complaint_id": "c-9",
        "customer_id": "17850",
        "stage": "opened",
        "occurred_at": "2011-01-05T10:00:00Z",
    },
    "profiles": {"customer_id": "17850", "occurred_at": "2011-01-01T00:00:00Z", "region": "north"},
    "feedback": {
        "customer_id": "17850",
        "occurred_at": "2011-01-01T00:00:00Z",
        "kind": "survey",
        "score_nps": 9,
    },
}
"""Input topic → the least that makes a sensible event there, event_id not always included."""


def changed(topic: str = "interactions", **changes: Any) -> dict[str, Any]:
    """The good event of a topic with other values; `...` removes a field."""
    data = GOOD[topic] | changes
    return {name: value for name, value in data.items() if value is not ...}


def enveloped(data: Any, **attributes: Any) -> dict[str, Any]:
    """A structured CloudEvent around `data`; `...` removes an attribute."""
    event = {
        "specversion": "1.0",
        "id": "ce-1",
        "source": "/shop",
        "type": "churnstream.interaction.v1",
        "data": data,
    }
    return {name: value for name, value in (event | attributes).items() if value is not ...}


def decode(
    value: Any,
    topic: str = "interactions",
    *,
    key: bytes | None = b"17850",
    headers: Sequence[tuple[str, bytes]] = (),
    codec: Codec | None = None,
) -> Decoded | Rejected:
    """What the codec makes of one record; `value` is written as JSON unless it is bytes."""
    raw = value if value is None or isinstance(value, bytes) else orjson.dumps(value)
    return (codec or Codec()).decode(
        topic, raw, key=key, headers=headers, received_at=RECEIVED_AT, source=SOURCE
    )


def good(value: Any, topic: str = "interactions", **options: Any) -> Decoded:
    """Decode what must be readable."""
    result = decode(value, topic, **options)
    assert isinstance(result, Decoded), result
    return result


def bad(value: Any, topic: str = "interactions", **options: Any) -> Rejected:
    """Decode what must be rejected."""
    result = decode(value, topic, **options)
    assert isinstance(result, Rejected), result
    return result
