"""CloudEvents 1.0: what stands around the data, in structured, binary and no mode at all.

Structured mode: one JSON object with the attributes and `data`. Binary mode: the attributes are
Kafka headers `ce_…`, the value is the data. Plain JSON: no envelope, the value is the data.
"""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Raw, Struct

from schemas.catalogue import NAMESPACE, Contract, Object
from schemas.refusal import Refusal
from schemas.reject import RejectReason

SPECVERSION = "1.0"
JSON_CONTENT = "application/json"
STRUCTURED_CONTENT = "application/cloudevents+json"

Headers = Sequence[tuple[str, bytes | None]]

_TYPE = re.compile(re.escape(NAMESPACE) + r"(?P<name>[a-z_]+)\.v(?P<version>[1-9][0-9]{0,5})")


class Envelope(Struct, forbid_unknown_fields=True, gc=False):
    """A structured CloudEvent without extensions, the data still unread: for the fast path."""

    specversion: str
    id: str
    source: str
    type: str
    data: Raw
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None


class Attributes(Struct, frozen=True, gc=False):
    """The attributes that matter to us; all None without an envelope."""

    id: str | None = None
    type: str | None = None
    subject: str | None = None
    time: str | None = None


def is_enveloped(headers: Headers) -> bool:
    """True if the headers say that there is a CloudEvent."""
    return any(
        name.startswith("ce_") or (name == "content-type" and _is_cloudevents(raw))
        for name, raw in headers
    )


def unwrap(document: Any, headers: Headers) -> tuple[Object, Attributes]:
    """The data and the attributes of a record whose value is `document`.

    Raises Refusal: not_an_object, invalid_envelope, unsupported_specversion, unsupported_content.
    """
    if not headers:
        plain = _as_object(document, "the value")
        return _structured(plain) if "specversion" in plain else (plain, Attributes())
    named = dict(headers)
    content = _text(named.get("content-type"), "content-type") or ""
    if _media_type(content).startswith("application/cloudevents"):
        if _media_type(content) != STRUCTURED_CONTENT:
            only = f"content-type: of CloudEvents only {STRUCTURED_CONTENT} is read"
            raise Refusal(RejectReason.UNSUPPORTED_CONTENT, only)
        return _structured(_as_object(document, "the event"))
    if "ce_specversion" in named:
        return _binary(document, named, content)
    return unwrap(document, ())


def version_of(type_: str | None, contract: Contract) -> int:
    """The version of the data that the attribute `type` states for a record of this contract.

    A type of the company's own says nothing about it: the oldest readable version is taken.
    Raises Refusal: wrong_type_for_topic, unsupported_version.
    """
    if type_ is None or not type_.startswith(NAMESPACE):
        return contract.oldest
    match = _TYPE.fullmatch(type_)
    if match is None or match["name"] != contract.name:
        expected = f"type is not {contract.type}, which topic {contract.topic} carries"
        raise Refusal(RejectReason.WRONG_TYPE_FOR_TOPIC, expected)
    version = int(match["version"])
    if not contract.oldest <= version <= contract.version:
        readable = f"version {version} of {contract.name}; readable: "
        readable += f"{contract.oldest} to {contract.version}"
        raise Refusal(RejectReason.UNSUPPORTED_VERSION, readable)
    return version


def _structured(event: Object) -> tuple[Object, Attributes]:
    attributes = _attributes(event)
    content = event.get("datacontenttype")
    if content is not None and not _is_json(_string(content, "datacontenttype")):
        raise Refusal(RejectReason.UNSUPPORTED_CONTENT, "datacontenttype is not JSON")
    if event.get("data_base64") is not None:
        raise Refusal(RejectReason.UNSUPPORTED_CONTENT, "data_base64 is not read; send data")
    if event.get("data") is None:
        raise Refusal(RejectReason.INVALID_ENVELOPE, "the event has no data")
    return _as_object(event["data"], "data"), attributes


def _binary(
    document: Any, named: dict[str, bytes | None], content: str
) -> tuple[Object, Attributes]:
    if content and not _is_json(content):
        raise Refusal(RejectReason.UNSUPPORTED_CONTENT, "content-type is not JSON")
    event: Object = {
        name.removeprefix("ce_"): _text(raw, name)
        for name, raw in named.items()
        if name.startswith("ce_")
    }
    return _as_object(document, "the value"), _attributes(event)


def _attributes(event: Object) -> Attributes:
    specversion = event.get("specversion")
    if specversion != SPECVERSION:
        raise Refusal(RejectReason.UNSUPPORTED_SPECVERSION, f"specversion is not {SPECVERSION}")
    for name in ("id", "source", "type"):
        if not _string(event.get(name), name):
            raise Refusal(RejectReason.INVALID_ENVELOPE, f"attribute {name} is empty")
    subject, time = event.get("subject"), event.get("time")
    return Attributes(
        id=event["id"],
        type=event["type"],
        subject=None if subject is None else _string(subject, "subject"),
        time=None if time is None else _string(time, "time"),
    )


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Refusal(RejectReason.INVALID_ENVELOPE, f"attribute {name} is missing or not text")
    return value


def _text(raw: bytes | None, name: str) -> str | None:
    try:
        return None if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(RejectReason.INVALID_UTF8, f"header {name} is not UTF-8") from None


def _as_object(document: Any, what: str) -> Object:
    if not isinstance(document, dict):
        raise Refusal(RejectReason.NOT_AN_OBJECT, f"{what} is no JSON object")
    return document


def _media_type(content: str) -> str:
    return content.partition(";")[0].strip().lower()


def _is_json(content: str) -> bool:
    media = _media_type(content)
    return media == JSON_CONTENT or media.endswith("+json")


def _is_cloudevents(raw: bytes | None) -> bool:
    return raw is not None and raw.lower().lstrip().startswith(b"application/cloudevents")
