"""What every message is made of: an encoded event with an id made of its causes."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

import msgspec

from detectors.effects import Message
from schemas.codec import encode

MILLION = 1_000_000


@lru_cache(maxsize=1024)
def moment(at: float) -> datetime:
    """An aware UTC time of epoch seconds (reviews of a day share theirs)."""
    return datetime.fromtimestamp(at, UTC)


def message(topic: str, payload: msgspec.Struct, *, key: str, id: str, at: float) -> Message:
    """One encoded CloudEvent; `at` is its event time."""
    return Message(topic, key.encode(), encode(payload, id=id, subject=key, time=at))


def digest(*parts: object) -> str:
    """A short id made of its causes."""
    return blake2b("|".join(map(str, parts)).encode(), digest_size=12).hexdigest()
