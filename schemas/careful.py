"""The careful path of the codec: any record, step by step, each fault with its reason."""

from datetime import tzinfo

from schemas import rules
from schemas.catalogue import Contract, Object
from schemas.conversion import convert, time_in_utc
from schemas.decoded import Decoded, Input
from schemas.envelope import Attributes, Headers, unwrap, version_of
from schemas.limits import MAX_ID_LENGTH, Limits
from schemas.parsing import parse, printable_text
from schemas.refusal import Refusal
from schemas.reject import RejectReason


def read(
    contract: Contract,
    value: bytes | None,
    key: bytes | None,
    headers: Headers,
    received_at: float,
    source: str,
    limits: Limits,
    zone: tzinfo | None,
) -> Decoded:
    """What is in the record. Raises Refusal, and nothing else, if it cannot be used."""
    if value is None:
        raise Refusal(RejectReason.TOMBSTONE, "the record has no value; inputs are never deleted")
    if len(value) > limits.max_bytes:
        size = f"{len(value)} bytes; at most {limits.max_bytes} are read"
        raise Refusal(RejectReason.TOO_LARGE, size)
    data, attributes = unwrap(parse(value, limits.max_depth), headers)
    data = contract.upcast(dict(data), version_of(attributes.type, contract))
    payload, unknown = convert(_completed(data, attributes, source, zone), contract, zone)
    if headers or limits.max_id_length < MAX_ID_LENGTH or not printable_text(value):
        rules.printable(payload, limits.max_id_length)
    rules.RULES[type(payload)](payload)
    return _decoded(payload, unknown, key, received_at + limits.future_limit)


def _completed(data: Object, attributes: Attributes, source: str, zone: tzinfo | None) -> Object:
    """Fill what is absent from the envelope, and the event_id at last from the record's place."""
    fallbacks = {"event_id": attributes.id or source, "customer_id": attributes.subject}
    for name, fallback in fallbacks.items():
        if fallback and data.get(name) in (None, ""):
            data[name] = fallback
    if attributes.time and data.get("occurred_at") in (None, ""):
        data["occurred_at"] = time_in_utc("time", attributes.time, zone)
    return data


def _decoded(payload: Input, unknown: int, key: bytes | None, latest: float) -> Decoded:
    if payload.customer_id.isspace():
        raise Refusal(RejectReason.EMPTY_ID, "customer_id: only white space")
    if key is None:
        raise Refusal(RejectReason.MISSING_KEY, "the record has no key; it must be the customer_id")
    if key != payload.customer_id.encode():
        raise Refusal(RejectReason.KEY_MISMATCH, "the record key is not the customer_id")
    occurred_at = payload.occurred_at.timestamp()
    if occurred_at > latest:
        late = "occurred_at: later than the time received by more than the future limit"
        raise Refusal(RejectReason.FUTURE_TIME, late)
    return Decoded(payload, payload.event_id or "", occurred_at, unknown)
