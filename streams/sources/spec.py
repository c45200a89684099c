"""The source file: a TOML table ``[source]`` and one ``[[event]]`` for each kind of row."""

from typing import Any, Literal

import msgspec

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


class ConditionSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tests on one column of a ``when``; all that are given must hold."""

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
    """One ``[[event]]``: which rows it takes and the event that they become.

    A key ``attributes.x`` of ``set`` or ``map`` names an entry of the field ``attributes``.
    """

    topic: str
    when: dict[str, ConditionSpec] = {}
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


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A whole source file, its short forms written out."""

    source: FileSpec
    event: list[RuleSpec]
