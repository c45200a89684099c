"""The fast path of the codec: typed decoding, and cheap proofs that nothing is wrong.

`FastReader.read` returns a value only if `schemas.careful` would return the same one; it returns
None for whatever it cannot prove, and judges nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import astuple

from schemas.catalogue import NAMESPACE, Contract
from schemas.conversion import YEARS, times_of
from schemas.decoded import Decoded
from schemas.envelope import JSON_CONTENT, SPECVERSION, Envelope
from schemas.limits import MAX_ID_LENGTH, Limits
from schemas.parsing import free_of_duplicates, printable_text
from schemas.refusal import Refusal
from schemas.rules import RULES, printable

_MARK = b'"specversion"'
_NEAR = 40  # writers put it first; wherever else it stands, the careful path finds it
_EARLIEST = -2_208_902_400.0  # 1900-01-02T00:00Z: room for every offset
_LATEST = 253_370_678_400.0  # 9998-12-31T00:00Z
_decode_envelope = msgspec.json.Decoder(Envelope).decode


class FastReader:
    """Reads the records of one contract in its current version, without surprises in them."""

    def __init__(self, contract: Contract, limits: Limits) -> None:
        self.contract = contract
        self._decode: Callable[[Any], Any] = msgspec.json.Decoder(contract.payload).decode
        self._rule = RULES[contract.payload]
        self._type = contract.type
        self._plain = contract.oldest == contract.version
        fields = contract.payload.__struct_fields__
        self._fields = len(fields)
        self._attributes = "attributes" in fields
        times = times_of(contract.payload)
        self._more_times = tuple(name for name in times if name != "occurred_at")
        self._max_bytes = limits.max_bytes
        self._max_id_length = limits.max_id_length
        self._future_limit = limits.future_limit
        self._stricter = limits.max_id_length < MAX_ID_LENGTH

    def read(
        self, value: bytes, key: bytes | None, received_at: float, source: str
    ) -> Decoded | None:
        """The event in `value`, or None if only the careful path can tell."""
        if len(value) > self._max_bytes:
            return None
        try:
            if value.find(_MARK, 0, _NEAR) >= 0:
                event = _decode_envelope(value)
                if not self._is_usual(event):
                    return None
                payload = self._decode(event.data)
                keys = 9 - astuple(event).count(None)
                source = event.id
            elif self._plain:
                payload = self._decode(value)
                keys = 0
            else:
                return None
            if not self._is_clean(payload, value, keys):
                return None
            self._rule(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, Refusal):
            return None
        return self._finish(payload, key, received_at + self._future_limit, source)

    def _is_usual(self, event: Envelope) -> bool:
        return (
            event.specversion == SPECVERSION
            and (event.type == self._type or (self._plain and not event.type.startswith(NAMESPACE)))
            and (event.datacontenttype is None or event.datacontenttype == JSON_CONTENT)
            and 0 < len(event.id) <= self._max_id_length
            and event.id.isprintable()
            and event.source != ""
            and event.type != ""
        )

    def _is_clean(self, payload: Any, value: bytes, keys: int) -> bool:
        """No duplicate keys (what is None was absent), no control characters, offsets given."""
        keys += self._fields - astuple(payload).count(None)
        if self._attributes:
            # an empty dict is the default of an absent field
            keys += len(payload.attributes) or -1
        if not free_of_duplicates(value, keys):
            return False
        if self._stricter or not printable_text(value):
            printable(payload, self._max_id_length)
        return not self._more_times or all(
            _is_plain(getattr(payload, name)) for name in self._more_times
        )

    def _finish(
        self, payload: Any, key: bytes | None, latest: float, source: str
    ) -> Decoded | None:
        moment = payload.occurred_at
        if (
            moment.tzinfo is None
            or key != payload.customer_id.encode()
            or payload.customer_id.isspace()
        ):
            return None
        occurred_at = moment.timestamp()
        if not _EARLIEST < occurred_at <= latest or occurred_at > _LATEST:
            return None
        if moment.tzinfo is not UTC:
            payload.occurred_at = moment.astimezone(UTC)
        event_id = payload.event_id
        if event_id is None:
            event_id = payload.event_id = source
        return Decoded(payload, event_id, occurred_at)


def _is_plain(moment: datetime | None) -> bool:
    """True if nothing is left to do about an optional time."""
    return moment is None or (moment.tzinfo is UTC and moment.year in YEARS)
