"""A JSON object to a payload: unknown fields counted, times in UTC, each fault with its reason."""

import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

import msgspec

from schemas.catalogue import Contract, Object
from schemas.refusal import Refusal
from schemas.reject import RejectReason

_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`")
_PLACE = re.compile(r"(?P<fault>.*) - at (?:`key` in )?`\$\.?(?P<field>[^`]*)`", re.DOTALL)
YEARS = range(1900, 9999)
"""The years that a time may lie in."""

# How the converter words a fault, and which reason that is; the first that matches counts.
_FAULTS = (
    (re.compile(r"Invalid enum value"), RejectReason.INVALID_VALUE),
    (re.compile(r"Invalid RFC3339"), RejectReason.INVALID_TIME),
    (re.compile(r"Expected `str` of length >="), RejectReason.EMPTY_ID),
    (re.compile(r"Expected `str` of length"), RejectReason.ID_TOO_LONG),
    (re.compile(r"Expected `(?:int|float)` [<>]="), RejectReason.OUT_OF_RANGE),
    (re.compile(r"out of range"), RejectReason.OUT_OF_RANGE),
)
_WORDS = {
    RejectReason.INVALID_VALUE: "not in the closed list",
    RejectReason.INVALID_TIME: "no RFC 3339 time",
    RejectReason.EMPTY_ID: "empty or too short",
    RejectReason.ID_TOO_LONG: "too long",
    RejectReason.OUT_OF_RANGE: "outside the permitted range",
}


def convert(data: Object, contract: Contract, zone: tzinfo | None) -> tuple[Any, int]:
    """The payload in `data`, and how many of its top-level fields the schema does not know.

    Null and empty text mean that a field is absent. Times without an offset are in `zone`; a plain
    date is midnight there. Raises Refusal with the field's name.
    """
    fields = _names_of(contract.payload)
    known = {
        name: item
        for name, item in data.items()
        if item is not None and item != "" and name in fields
    }
    unknown = len(data.keys() - fields)
    times = [name for name in times_of(contract.payload) if name in known]
    for name in times:
        if isinstance(known[name], str) and _PLAIN_DATE.fullmatch(known[name]):
            known[name] += "T00:00:00"
    try:
        payload = msgspec.convert(known, contract.payload)
    except msgspec.ValidationError as error:
        raise _explain(str(error), data) from None
    for name in times:
        setattr(payload, name, _in_utc(name, getattr(payload, name), zone))
    return payload, unknown


@cache
def times_of(payload: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of the fields that are times."""
    fields = msgspec.structs.fields(payload)
    return tuple(item.name for item in fields if _is_time(msgspec.inspect.type_info(item.type)))


@cache
def _names_of(payload: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(payload.__struct_fields__)


def _is_time(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _is_time(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(map(_is_time, kind.types))
    return isinstance(kind, msgspec.inspect.DateTimeType)


def time_in_utc(name: str, text: str, zone: tzinfo | None) -> str:
    """A CloudEvents time attribute as it would stand in the data, checked. Raises Refusal."""
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise Refusal(RejectReason.INVALID_TIME, f"{name}: no RFC 3339 time") from None
    return _in_utc(name, moment, zone).isoformat()


def _in_utc(name: str, moment: datetime, zone: tzinfo | None) -> datetime:
    if moment.year not in YEARS:
        raise Refusal(RejectReason.INVALID_TIME, f"{name}: outside the years 1900 to 9998")
    if moment.tzinfo is None:
        if zone is None:
            raise Refusal(
                RejectReason.TIME_WITHOUT_OFFSET,
                f"{name}: no offset such as Z or +01:00, and no default zone in the policy",
            )
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _explain(message: str, data: Object) -> Refusal:
    """The refusal for a fault that the converter worded; values never enter the detail."""
    missing = _MISSING.match(message)
    if missing:
        return _absent(missing["field"], data)
    place = _PLACE.fullmatch(message)
    fault, field = (place["fault"], place["field"]) if place else (message, "value")
    for pattern, reason in _FAULTS:
        if pattern.search(fault):
            return Refusal(reason, f"{field}: {_WORDS[reason]}")
    return Refusal(RejectReason.WRONG_TYPE, f"{field}: {fault.replace('`', '')}")


def _absent(field: str, data: Object) -> Refusal:
    if data.get(field) == "":
        return Refusal(RejectReason.EMPTY_ID, f"{field}: empty")
    return Refusal(RejectReason.MISSING_FIELD, f"{field}: missing")
