"""Our own records: payloads to structured CloudEvents and back.

Written without guessing and read strictly: a record of our own that breaks its contract is a fault
of the program, so it raises instead of being rejected.
"""

import math
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, overload

import msgspec
from msgspec import Struct

from schemas.catalogue import BY_PAYLOAD, Contract, NewerVersionError, SchemaError, contract_of
from schemas.envelope import JSON_CONTENT, SPECVERSION

Payload = TypeVar("Payload", bound=Struct)


class _Event(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A structured CloudEvent as we write it."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    data: Any


class _Known(Struct, gc=False):
    """What must be right before the data is read as the payload of its topic."""

    specversion: str
    type: str
    data: msgspec.Raw


_encode = msgspec.json.Encoder().encode
_decode_known = msgspec.json.Decoder(_Known).decode


def encode(
    payload: Struct, *, id: str, subject: str, time: float, source: str = "churnstream"
) -> bytes:
    """The structured CloudEvent of one payload, compact JSON, the same bytes for the same values.

    id: deterministic, made of what caused the record. subject: the customer (or whatever the key
    is). time: event time, epoch seconds, written to the microsecond. source: who writes.
    Raises SchemaError for a payload of no topic and for a number that is not finite.
    """
    contract = BY_PAYLOAD.get(type(payload))
    if contract is None:
        raise SchemaError(f"{type(payload).__name__} is the payload of no topic")
    event = _Event(
        specversion=SPECVERSION,
        id=id,
        source=source,
        type=contract.type,
        subject=subject,
        time=datetime.fromtimestamp(time, UTC),
        datacontenttype=JSON_CONTENT,
        data=payload,
    )
    written = _encode(event)
    if b"null" in written:  # JSON has no NaN: the encoder would write null for it
        data = msgspec.to_builtins(payload)
        if not _is_finite(data):
            _refuse_not_finite(data, contract.topic)
    return written


@overload
def decode_output(topic: str, value: bytes) -> Any: ...
@overload
def decode_output(topic: str, value: bytes, payload: type[Payload]) -> Payload: ...
def decode_output(topic: str, value: bytes, payload: type[Payload] | None = None) -> Any:
    """The payload of one record of any topic, written by `encode`.

    topic: logical name. payload: the Struct that the caller expects there, for the type checker.
    Fields that a newer program has added are ignored in outputs; older versions are upcast.
    Raises SchemaError if the record is not what the catalogue says, NewerVersionError (one of
    them) if a newer program wrote it.
    """
    contract = contract_of(topic)
    if payload not in (None, contract.payload):
        raise SchemaError(f"{topic} carries {contract.payload.__name__}, not {payload}")
    try:
        event = _decode_known(value)
        if event.specversion != SPECVERSION:
            raise SchemaError(f"{topic}: specversion is not {SPECVERSION}")
        if event.type == contract.type:
            return _decoder(contract.payload).decode(event.data)
        return _upcast(contract, event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SchemaError(f"{topic}: record is no {contract.type}: {error}") from error


def _upcast(contract: Contract, event: _Known) -> Any:
    stem, _, version = event.type.rpartition(".v")
    readable = range(contract.oldest, contract.version)
    known = stem == contract.type.rpartition(".v")[0] and version.isdecimal()
    if known and int(version) > contract.version:
        raise NewerVersionError(
            f"{contract.topic}: record is {event.type!r}, this program reads up to "
            f"{contract.type}; run the newer program that wrote it"
        )
    if stem != contract.type.rpartition(".v")[0] or version not in map(str, readable):
        raise SchemaError(f"{contract.topic}: record is {event.type!r}, not {contract.type}")
    data = contract.upcast(msgspec.json.decode(event.data, type=dict[str, Any]), int(version))
    return msgspec.convert(data, contract.payload)


@cache
def _decoder(payload: type[Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(payload)


def _is_finite(item: Any) -> bool:
    if isinstance(item, float):
        return math.isfinite(item)
    if isinstance(item, dict):
        return all(map(_is_finite, item.values()))
    if isinstance(item, list):
        return _adds_up(item) or all(map(_is_finite, item))
    return True


def _adds_up(items: list[Any]) -> bool:
    """Whether these are numbers with a finite sum: then each is finite (models hold thousands)."""
    try:
        return math.isfinite(sum(items))
    except (TypeError, OverflowError):
        return False


def _refuse_not_finite(item: Any, place: str) -> None:
    """Raise SchemaError that names the first number that is not finite."""
    if isinstance(item, float) and not math.isfinite(item):
        raise SchemaError(f"{place} is {item}: numbers on a topic must be finite")
    if isinstance(item, dict):
        for name, value in item.items():
            _refuse_not_finite(value, f"{place}.{name}")
    elif isinstance(item, list):
        for position, value in enumerate(item):
            _refuse_not_finite(value, f"{place}[{position}]")
