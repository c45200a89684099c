"""The source file: a TOML table ``[source]`` and one ``[[event]]`` for each kind of row.

Checked when it is read, before any data: every message names the file, the key, the value and
what is permitted.
"""

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from streams.sources.errors import SourceError, quoted

Scalar = str | int | float | bool
Unit = Literal["milliseconds", "seconds", "minutes", "hours", "days", "weeks"]
FieldType = Literal["text", "number", "integer", "boolean", "time"]


class ColumnSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of ``map``: where a field's value comes from and how it is read."""

    column: str | list[str]
    """A column, or several whose texts are joined with ``/`` (missing if one of them is)."""
    unit: Unit | None = None
    """The column counts this unit from ``origin``; together they make a time."""
    origin: str | None = None
    """Where ``unit`` counts from; without an offset it is in the source's timezone."""
    default: Scalar | None = None
    """Read in place of a missing value."""
    scale: float | None = None
    """A number is multiplied by this, exactly in decimals: 0.01 turns cents into currency units."""
    format: str | None = None
    """How a time is written: ``YYYYMMDD``, ``DD/MM/YYYY HH:mm:ss``, or strptime's ``%d/%m/%y``."""
    type: FieldType | None = None
    """The type of an entry of ``attributes`` (elsewhere the field itself has one)."""


class TestSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tests on one column of a ``when``; all that are given must hold."""

    __test__ = False

    equals: Scalar | None = None
    not_equals: Scalar | None = None
    in_: list[Scalar] | None = msgspec.field(default=None, name="in")
    not_in: list[Scalar] | None = None
    prefix: str | None = None
    not_prefix: str | None = None
    suffix: str | None = None
    not_suffix: str | None = None
    missing: bool | None = None
    present: bool | None = None
    gt: Scalar | None = None
    ge: Scalar | None = None
    lt: Scalar | None = None
    le: Scalar | None = None


class RuleSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[event]]``: which rows it takes and the event that they become."""

    topic: str
    when: dict[str, TestSpec] = {}
    set: dict[str, Any] = {}
    map: dict[str, ColumnSpec] = {}


class FileSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[source]``: the files and how they are written."""

    path: str | list[str]
    """Relative to the source file; globs are permitted; several files are read in order of name."""
    format: Literal["csv", "jsonl", "parquet"] | None = None
    """Taken from the file's name when not given."""
    timezone: str | None = None
    """IANA name, for times without an offset."""
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers."""
    sorted: bool = False
    """The rows stand in order of time: they stream without being sorted first (and are checked)."""
    bad_limit: float = 0.5
    """Past this share of bad rows (judged from 1,000 rows on) the source is refused."""


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole source file."""

    source: FileSpec
    event: list[RuleSpec]


def load_spec(path: Path) -> SourceSpec:
    """Read and check a source file.

    Raises `SourceError` naming the key, its value and what is permitted.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(f"{path}: cannot read the source file: {reason}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: is not valid TOML: {error}") from None
    shaped = _written_out(raw)
    try:
        spec = msgspec.convert(shaped, SourceSpec)
    except msgspec.ValidationError as error:
        raise SourceError(f"{path}: {_explained(str(error), shaped)}") from None
    _check_values(path, spec)
    return spec


def _written_out(raw: dict[str, Any]) -> dict[str, Any]:
    """The short forms (a bare column, a bare value to equal) as the full tables they stand for."""
    rules = raw.get("event")
    if not isinstance(rules, list):
        return raw
    return {**raw, "event": [_rule_written_out(r) if isinstance(r, dict) else r for r in rules]}


def _rule_written_out(rule: dict[str, Any]) -> dict[str, Any]:
    full = dict(rule)
    if isinstance(rule.get("map"), dict):
        full["map"] = {
            name: _column_written_out(column) for name, column in _flat(rule["map"]).items()
        }
    if isinstance(rule.get("set"), dict):
        full["set"] = _flat(rule["set"])
    if isinstance(rule.get("when"), dict):
        full["when"] = {name: _test_written_out(test) for name, test in rule["when"].items()}
    return full


def _column_written_out(column: object) -> object:
    if isinstance(column, dict):
        return {name: _as_text(option) for name, option in column.items()}
    return {"column": column} if isinstance(column, str | list) else column


def _test_written_out(test: object) -> object:
    if isinstance(test, dict):
        return {name: _as_text(operand) for name, operand in test.items()}
    return {"in": test} if isinstance(test, list) else {"equals": _as_text(test)}


def _as_text(operand: object) -> object:
    """TOML dates as ISO text, which also sorts like time."""
    return operand.isoformat() if isinstance(operand, dt.date | dt.time) else operand


def _flat(table: dict[str, Any]) -> dict[str, Any]:
    """``attributes = { a = … }`` as ``"attributes.a" = …``, the form used everywhere below."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if name == "attributes" and isinstance(value, dict):
            flat |= {f"attributes.{inner}": entry for inner, entry in value.items()}
        else:
            flat[name] = value
    return flat


_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$?(?P<place>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_STRUCTS: dict[str, type[msgspec.Struct]] = {
    "": SourceSpec,
    "source": FileSpec,
    "event": RuleSpec,
    "map": ColumnSpec,
    "when": TestSpec,
}


def _explained(message: str, raw: dict[str, Any]) -> str:
    """msgspec's message as key, value and what is permitted, in the words of the file."""
    match = _PLACE.match(message)
    assert match is not None  # noqa: S101 - the pattern matches every text
    what, place = match["what"], (match["place"] or "").lstrip(".")
    unknown = _UNKNOWN.search(what)
    if unknown:
        table = re.sub(r"\[[^\]]*\]", "", place).split(".")[-1]
        names = ", ".join(f.encode_name for f in msgspec.structs.fields(_STRUCTS[table]))
        key = ".".join(part for part in (place, unknown["name"]) if part)
        return f"{key}: no such key; permitted: {names}"
    if what.startswith("Object missing"):
        table_name = place or "the file"
        return f"{table_name}: {what.removeprefix('Object ')}; add it"
    return f"{place} = {quoted(_at(raw, place))}: {what[0].lower()}{what[1:]}"


def _at(raw: object, place: str) -> object:
    """The value at a path like ``event[0].map[...].unit`` as far as it can be followed."""
    for part in re.findall(r"[^.\[\]]+|\[\.\.\.\]|\[\d+\]", place):
        if part.startswith("[") and part != "[...]" and isinstance(raw, list):
            raw = raw[int(part[1:-1])]
        elif isinstance(raw, dict) and part in raw:
            raw = raw[part]
        else:
            return raw
    return raw


def _check_values(path: Path, spec: SourceSpec) -> None:
    """What the types alone cannot say."""
    files = spec.source
    if not spec.event:
        raise SourceError(f"{path}: event: the list is empty; add an [[event]] with topic and map")
    if files.timezone is not None:
        zone_of(path, files.timezone)
    if len(files.delimiter) != 1 or files.delimiter in '"\r\n':
        raise SourceError(
            f"{path}: source.delimiter = {files.delimiter!r}: permitted is one character, "
            'such as "," or ";" or "\\t"'
        )
    if not 0 <= files.bad_limit <= 1:
        raise SourceError(f"{path}: source.bad_limit = {files.bad_limit}: permitted is 0 to 1")
    try:
        "".encode(files.encoding)
    except LookupError:
        raise SourceError(
            f"{path}: source.encoding = {files.encoding!r}: no such encoding; "
            'permitted are names like "utf-8", "latin-1", "gb18030"'
        ) from None


def zone_of(path: Path, name: str) -> ZoneInfo:
    """The time zone called ``name``; raises `SourceError` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(
            f"{path}: source.timezone = {name!r}: no such time zone; "
            'permitted are IANA names like "Europe/London" or "UTC"'
        ) from None
