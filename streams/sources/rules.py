"""Checks a rule against the payload it fills and plans how each field is read."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from streams.sources import values
from streams.sources.errors import BadValueError, SourceError, quoted
from streams.sources.fields import INPUTS, Field, Kind, fields_of
from streams.sources.mapping import FieldPlan, RulePlan
from streams.sources.spec import ColumnSpec, FileSpec, RuleSpec
from streams.sources.times import Moment, ReadTime, counted_time, written_time
from streams.sources.values import Convert

_CONVERT: dict[Kind, Convert] = {
    "text": values.text,
    "number": values.number,
    "integer": values.integer,
    "boolean": values.boolean,
}
_NUMERIC: tuple[Kind, ...] = ("number", "integer", "attributes")
_DERIVED = {"event_id", "complaint_id"}
"""Identities that the row's place and content can give."""


class RulePlanner:
    """Plans one ``[[event]]``; ``where`` names it in messages, ``zone`` is the source's.

    Raises `SourceError` for a topic or field that does not exist, a required field that nothing
    fills, and options or values that a field cannot have.
    """

    def __init__(self, where: str, rule: RuleSpec, files: FileSpec, zone: dt.tzinfo | None):
        self._where, self._rule, self._files, self._zone = where, rule, files, zone
        if rule.topic not in INPUTS:
            raise SourceError(
                f"{where}, topic = {rule.topic!r}: permitted is one of {', '.join(INPUTS)}"
            )
        self._fields = fields_of(rule.topic)

    def plan(self) -> RulePlan:
        """The checked rule."""
        rule = self._rule
        required = {f.name for f in self._fields.values() if f.required}
        required = (required | {"customer_id", "occurred_at"}) - _DERIVED
        self._check_names(required)
        constants = {name: self._constant(name, value) for name, value in rule.set.items()}
        time = constants.get("occurred_at")
        what = rule.set.get("kind") or rule.set.get("stage")
        return RulePlan(
            topic=rule.topic,
            label=f"{rule.topic}: {what}" if what else rule.topic,
            when=rule.when,
            constants={k: v.text if type(v) is Moment else v for k, v in constants.items()},
            fixed_time=time if isinstance(time, Moment) else None,
            fields=tuple(self._field_plan(name, column) for name, column in rule.map.items()),
            required=frozenset(required),
        )

    def _check_names(self, required: set[str]) -> None:
        filled = [*self._rule.set, *self._rule.map]
        for name in filled:
            self._field(name)
        twice = {name for name in filled if filled.count(name) > 1}
        if twice:
            raise SourceError(f"{self._where}: {min(twice)} stands in both set and map; keep one")
        lacking = sorted(required.difference(filled))
        if lacking:
            raise SourceError(
                f"{self._where}: {self._rule.topic} needs {', '.join(lacking)}; "
                "fill it in map (from a column) or in set"
            )

    def _field(self, name: str) -> Field:
        owner, _, inner = name.partition(".")
        field = self._fields.get(owner)
        if field is not None and (field.kind == "attributes") == bool(inner):
            return field
        names = (f"{n}.…" if f.kind == "attributes" else n for n, f in self._fields.items())
        raise SourceError(
            f"{self._where}: {self._rule.topic} has no field {name!r}; "
            f"permitted: {', '.join(sorted(names))}"
        )

    def _constant(self, name: str, value: Any) -> Any:
        kind, where = self._field(name).kind, f"{self._where}, set.{name}"
        if kind == "time":
            return self._read(where, written_time(self._zone), value)
        if kind == "attributes":
            if isinstance(value, str | int | float):
                return value
            raise SourceError(
                f"{where} = {quoted(value)}: permitted is a text, number or truth value"
            )
        if kind == "text" and not isinstance(value, str):
            raise SourceError(f"{where} = {quoted(value)}: {name} holds text; put it in quotes")
        return self._read(where, _CONVERT[kind], value)

    def _field_plan(self, name: str, column: ColumnSpec) -> FieldPlan:
        where = f"{self._where}, map.{name}"
        kind = self._kind(where, name, column)
        convert = self._time(where, column) if kind == "time" else self._value(where, kind, column)
        if column.default is not None:
            self._read(f"{where}.default", convert, column.default)
        columns = (column.column,) if isinstance(column.column, str) else tuple(column.column)
        if not columns:
            raise SourceError(f"{where}.column = []: name at least one column")
        return FieldPlan(name, columns, convert, column.default)

    def _kind(self, where: str, name: str, column: ColumnSpec) -> Kind:
        kind = self._field(name).kind
        if kind == "attributes":
            return column.type or ("time" if column.unit or column.format else "attributes")
        if column.type not in (None, kind):
            raise SourceError(
                f"{where}.type = {column.type!r}: the field holds {kind}; leave the type out"
            )
        return kind

    def _value(self, where: str, kind: Kind, column: ColumnSpec) -> Convert:
        self._refuse(where, column, ("unit", "origin", "format"), "a time")
        if kind not in _NUMERIC:
            self._refuse(where, column, ("scale",), "a number")
        convert = self._attribute() if kind == "attributes" else _CONVERT[kind]
        if column.scale is not None:
            convert = values.scaled(convert, column.scale)
        if self._files.decimal == "," and kind in ("number", "integer"):
            convert = values.comma_decimal(convert)
        return convert

    def _attribute(self) -> Convert:
        """Attributes of interactions are measures; those of profiles are categories: texts."""
        return values.measure if self._rule.topic == "interactions" else values.text

    def _time(self, where: str, column: ColumnSpec) -> ReadTime:
        self._refuse(where, column, ("scale",), "a number")
        if (column.unit is None) != (column.origin is None):
            raise SourceError(f"{where}: unit and origin belong together; give both or none")
        if column.unit is not None and column.origin is not None:
            if column.format is not None:
                raise SourceError(f"{where}.format: unit already says how it is written; drop one")
            return counted_time(column.unit, self._origin(where, column.origin), self._zone)
        try:
            return written_time(self._zone, column.format)
        except ValueError as error:
            raise SourceError(
                f"{where}.format = {column.format!r}: {error}; "
                'permitted are patterns like "YYYYMMDD" or "%d/%m/%Y %H:%M"'
            ) from None

    def _origin(self, where: str, origin: str) -> dt.datetime:
        try:
            found = dt.datetime.fromisoformat(origin)
        except ValueError:
            raise SourceError(
                f"{where}.origin = {quoted(origin)}: permitted is an ISO 8601 time like 2013-10-01"
            ) from None
        if found.tzinfo is None and self._zone is None:
            raise SourceError(
                f"{where}.origin = {origin!r}: has no offset; name the zone of the times, "
                'like timezone = "Europe/London" in [source]'
            )
        return found

    @staticmethod
    def _refuse(where: str, column: ColumnSpec, options: tuple[str, ...], only: str) -> None:
        for option in options:
            if getattr(column, option) is not None:
                raise SourceError(f"{where}.{option}: only {only} has it, this field is none")

    @staticmethod
    def _read(where: str, convert: Callable[[Any], Any], value: Any) -> Any:
        try:
            return convert(value)
        except BadValueError as error:
            raise SourceError(f"{where} = {quoted(value)}: {error}") from None
