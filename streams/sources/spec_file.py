"""Reads a source file and checks it, before any data is read.

Every message names the file, the key, its value and what is permitted.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from streams.sources.errors import SourceError, quoted
from streams.sources.spec import ColumnSpec, ConditionSpec, FileSpec, RuleSpec, SourceSpec

T = TypeVar("T", bound=msgspec.Struct)

_PERMITTED: Mapping[Any, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}
_KEY = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
_NAMED = re.compile(r"field `(?P<name>[^`]*)`")


def load_spec(path: Path) -> SourceSpec:
    """Read and check a source file.

    Raises `SourceError` naming the key, its value and what is permitted.
    """
    raw = _toml(path)
    for key in raw.keys() - {"source", "event"}:
        raise SourceError(f"{path}: {key}: no such key; permitted: source, event")
    files = _convert(f"{path}: source", raw.get("source", {}), FileSpec)
    _check_files(path, files)
    rules = raw.get("event", [])
    if not isinstance(rules, list) or not rules:
        raise SourceError(f"{path}: there is no event; add an [[event]] with topic and map")
    return SourceSpec(
        source=files,
        event=[_rule(f"{path}: event {number}", rule) for number, rule in enumerate(rules, 1)],
    )


def zone_of(path: Path, name: str) -> ZoneInfo:
    """The time zone called ``name``; raises `SourceError` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(
            f"{path}: source.timezone = {name!r}: no such time zone; "
            'permitted are IANA names like "Europe/London" or "UTC"'
        ) from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(f"{path}: cannot read the source file: {reason}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: is not valid TOML: {error}") from None


def _rule(where: str, raw: Any) -> RuleSpec:
    """A rule, each of its tables checked by itself so that messages can name the entry."""
    plain = {**raw, "when": {}, "map": {}} if isinstance(raw, dict) else raw
    rule = _convert(where, plain, RuleSpec)
    columns = _flat(_table(f"{where}, map", raw.get("map", {})))
    tests = _table(f"{where}, when", raw.get("when", {}))
    return msgspec.structs.replace(
        rule,
        set=_flat(rule.set),
        map={
            name: _convert(f"{where}, map.{name}", _column(entry), ColumnSpec)
            for name, entry in columns.items()
        },
        when={
            name: _convert(f"{where}, when.{name}", _test(entry), ConditionSpec)
            for name, entry in tests.items()
        },
    )


def _column(entry: Any) -> Any:
    """A bare column or list of columns as the table it stands for."""
    if isinstance(entry, dict):
        return {name: _as_text(option) for name, option in entry.items()}
    return {"column": entry} if isinstance(entry, str | list) else entry


def _test(entry: Any) -> Any:
    """A bare value as the test for being equal to it, a list as that for being in it."""
    if isinstance(entry, dict):
        return {name: _as_text(operand) for name, operand in entry.items()}
    return {"in": entry} if isinstance(entry, list) else {"equals": _as_text(entry)}


def _as_text(value: Any) -> Any:
    """TOML dates as ISO text, which also sorts like time."""
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """``attributes = { a = … }`` as ``"attributes.a" = …``, the form used everywhere else."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if name == "attributes" and isinstance(value, dict):
            flat |= {f"attributes.{inner}": entry for inner, entry in value.items()}
        else:
            flat[name] = value
    return flat


def _table(where: str, raw: Any) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    raise SourceError(f"{where} = {quoted(raw)}: permitted is a table")


def _convert(where: str, raw: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(_table(where, raw), kind)
    except msgspec.ValidationError as error:
        raise SourceError(_explained(where, str(error), raw, kind)) from None


def _explained(where: str, message: str, raw: Mapping[str, Any], kind: type[T]) -> str:
    """msgspec's message as key, value and what is permitted."""
    named, place = _NAMED.search(message), _KEY.search(message)
    if named and "unknown" in message:
        keys = ", ".join(field.encode_name for field in msgspec.structs.fields(kind))
        return f"{where}: no such key {named['name']!r}; permitted: {keys}"
    if named:
        return f"{where}: has no {named['name']}; add it"
    key = re.split(r"[.\[]", place["key"])[0] if place else ""
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
    declared = get_type_hints(kind)[fields[key]]
    return f"{where}: {key} = {quoted(raw[key])}: permitted is {_permitted(declared)}"


def _permitted(declared: Any) -> str:
    """What a field's type permits, in words."""
    if get_origin(declared) in (UnionType, Union):
        options = [_permitted(t) for t in get_args(declared) if t is not type(None)]
        return " or ".join(options)
    if get_origin(declared) is Literal:
        return ", ".join(f'"{value}"' for value in get_args(declared))
    return _PERMITTED[get_origin(declared) or declared]


def _check_files(path: Path, files: FileSpec) -> None:
    """What the types alone cannot say."""
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
