"""Bytes to a JSON object, exactly: every way in which JSON can be bad has its own reason."""

import json
import math
import re
from typing import Any

import orjson

from schemas.refusal import Refusal
from schemas.reject import RejectReason

# A string, closed or cut off; atomic, so that no input makes the search quadratic.
_STRING = re.compile(r'"(?>[^"\\]*(?:\\.[^"\\]*)*)\\?(?:"|\Z)', re.DOTALL)
_CONSTANT = re.compile(r"NaN|Infinity")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BRACKET = re.compile(r"[\[{\]}]")

_WHITE_SPACE = b" \t\n\r"
_BACKSLASH, _DELETE = 0x5C, 0x7F


def parse(value: bytes, max_depth: int) -> Any:
    """The JSON document in `value`, without duplicate keys, at most `max_depth` deep.

    Raises Refusal: empty_value, invalid_utf8, invalid_json, not_finite, too_deep, duplicate_key.
    """
    if not value or value.isspace():
        raise Refusal(RejectReason.EMPTY_VALUE, "the value is empty")
    try:
        document = orjson.loads(value)
    except json.JSONDecodeError as error:  # which orjson's derives from
        raise _explain(value, max_depth, error.pos) from None
    opened = value.count(b"{") + value.count(b"[")
    if opened > max_depth and _deeper_than(document, max_depth):
        raise _too_deep(max_depth)
    if not free_of_duplicates(value, _count_keys(document)):
        _refuse_duplicates(value)
    return document


def free_of_duplicates(value: bytes, keys: int) -> bool:
    """True if `value`, valid JSON that has at least `keys` different keys, surely repeats none.

    Without white space, every key ends with the mark `":`. So there are at most as many keys as
    marks, and with `keys` marks none is repeated. False means only that this cheap test cannot
    tell, for instance because a text contains the mark.
    """
    return value.translate(None, _WHITE_SPACE).count(b'":') == keys


def printable_text(value: bytes) -> bool:
    """True if no text in the valid JSON `value` can hold a control character.

    JSON escapes those below 32 with a backslash; 127 is one byte; those above are not printable.
    """
    if _BACKSLASH in value:
        return False
    return _DELETE not in value if value.isascii() else value.decode().isprintable()


def _deeper_than(document: Any, depth: int) -> bool:
    if isinstance(document, dict):
        return depth == 0 or any(_deeper_than(item, depth - 1) for item in document.values())
    if isinstance(document, list):
        return depth == 0 or any(_deeper_than(item, depth - 1) for item in document)
    return False


def _count_keys(document: Any) -> int:
    if isinstance(document, dict):
        keys = len(document)
        for item in document.values():
            if isinstance(item, dict | list):
                keys += _count_keys(item)
        return keys
    return sum(map(_count_keys, document)) if isinstance(document, list) else 0


def _refuse_duplicates(value: bytes) -> None:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise Refusal(RejectReason.DUPLICATE_KEY, "a JSON object has the same key twice")
        return found

    json.loads(value, object_pairs_hook=pairs)


def _explain(value: bytes, max_depth: int, position: int) -> Refusal:
    """Why the parser refused `value`."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal(RejectReason.INVALID_UTF8, f"byte {error.start} is not UTF-8")
    bare = _STRING.sub('""', text)
    if _nests_deeper(bare, max_depth):
        return _too_deep(max_depth)
    if _CONSTANT.search(bare) or any(math.isinf(float(item)) for item in _NUMBER.findall(bare)):
        return Refusal(RejectReason.NOT_FINITE, "NaN, an infinity, or a number too large")
    if value[0] == 0:
        hint = "starts with byte 0, as values framed by a schema registry do; send plain JSON"
        return Refusal(RejectReason.INVALID_JSON, hint)
    return Refusal(RejectReason.INVALID_JSON, f"malformed JSON at character {position}")


def _nests_deeper(bare: str, max_depth: int) -> bool:
    """Whether JSON-like text whose strings have been emptied opens more than `max_depth` levels."""
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > max_depth:
            return True
    return False


def _too_deep(max_depth: int) -> Refusal:
    return Refusal(RejectReason.TOO_DEEP, f"nested more than {max_depth} deep")
