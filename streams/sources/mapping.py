"""From a row to an event: a checked rule, compiled for the columns of one file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from streams.sources.conditions import compile_when
from streams.sources.errors import BadValueError
from streams.sources.events import SourceEvent
from streams.sources.spec import ConditionSpec, Scalar
from streams.sources.times import Moment
from streams.sources.values import Convert, is_missing, text

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field of the event is filled from columns."""

    field: str
    """``quantity``, or ``attributes.colour`` for a named value."""
    columns: tuple[str, ...]
    """Joined with ``/`` when there are several."""
    convert: Convert
    """Gives a `Moment` for a time, else the value as it stands in the event."""
    default: Scalar | None

    def reader(self, index: Mapping[str, int]) -> Callable[[Row], Any]:
        """The field's value of a row, or None when it is missing."""
        fetch, convert, default = _fetch(self.columns, index), self.convert, self.default

        def read(row: Row) -> Any:
            value = fetch(row)
            if is_missing(value):
                if default is None:
                    return None
                value = default
            try:
                return convert(value)
            except BadValueError as error:
                raise BadValueError(f"{'/'.join(self.columns)}: {error}") from None

        return read


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A checked rule: what it takes and how it fills the event."""

    topic: str
    label: str
    when: Mapping[str, ConditionSpec]
    constants: Mapping[str, Any]
    """Values of ``set``; the key ``attributes.x`` names an entry of attributes."""
    fixed_time: Moment | None
    """The event time, where ``set`` gives it."""
    fields: tuple[FieldPlan, ...]
    required: frozenset[str]
    """Fields without which there is no event."""

    @property
    def columns(self) -> set[str]:
        """Every column that the rule names."""
        return set(self.when).union(*(plan.columns for plan in self.fields))


class CompiledRule:
    """A rule for rows whose column c stands at ``index[c]``.

    ``place`` is the rule's own among those of its source. ``file`` names the file in derived
    identities; ``content`` gives the bytes of a row.
    """

    def __init__(
        self,
        place: int,
        plan: RulePlan,
        index: Mapping[str, int],
        file: str,
        content: Callable[[Row], bytes],
    ):
        self.place = place
        self.matches = compile_when(plan.when, index)
        self._plan, self._file, self._content = plan, file, content
        readers = [(p.field, p.reader(index)) for p in plan.fields if p.field != "occurred_at"]
        self._plain = [(name, read) for name, read in readers if "." not in name]
        self._named = [(name.split(".")[1], read) for name, read in readers if "." in name]
        self._constants = {k: v for k, v in plan.constants.items() if "." not in k}
        self._attributes = {k.split(".")[1]: v for k, v in plan.constants.items() if "." in k}
        self._time = next(
            (p.reader(index) for p in plan.fields if p.field == "occurred_at"),
            lambda _row: plan.fixed_time,
        )

    def event(self, row: Row, number: int) -> SourceEvent:
        """The event of a row; raises `BadValueError` naming column and value."""
        value = dict(self._constants)
        for name, read in self._plain:
            found = read(row)
            if found is not None:
                value[name] = found.text if type(found) is Moment else found
        time: Moment | None = self._time(row)
        if time is not None:
            value["occurred_at"] = time.text
        if not self._plan.required <= value.keys() or time is None:
            raise self._without(value)
        if self._named or self._attributes:
            value["attributes"] = self._attribute_values(row)
        if "event_id" not in value:
            value["event_id"] = self._identity(value, row, number)
        if self._plan.topic == "complaints" and "complaint_id" not in value:
            value["complaint_id"] = value["event_id"]
        return SourceEvent(
            self._plan.topic,
            value["customer_id"],
            value,
            time.seconds,
            number,
            self._file,
            self.place,
        )

    def _attribute_values(self, row: Row) -> dict[str, Any]:
        values = dict(self._attributes)
        for name, read in self._named:
            found = read(row)
            if found is not None:
                values[name] = found.text if type(found) is Moment else found
        return values

    def _without(self, value: Mapping[str, Any]) -> BadValueError:
        lacking = min(self._plan.required - value.keys())
        for plan in self._plan.fields:
            if plan.field == lacking:
                return BadValueError(f"{'/'.join(plan.columns)}: missing, so there is no {lacking}")
        return BadValueError(f"there is no {lacking}")

    def _identity(self, value: Mapping[str, Any], row: Row, number: int) -> str:
        """From the row's place and content, and what the event says happened when.

        Two rules that make different events of one row (in two source files) give two ids; a
        mapping that gains a field does not change the ids.
        """
        what = value.get("kind") or value.get("stage") or ""
        place = (self._file, str(number), self._plan.topic, what, value["occurred_at"])
        digest = blake2b("\x1f".join(place).encode(), digest_size=16)
        digest.update(b"\x1e" + self._content(row))
        return digest.hexdigest()


def _fetch(columns: Sequence[str], index: Mapping[str, int]) -> Callable[[Row], Any]:
    if len(columns) == 1:
        at = index[columns[0]]
        return lambda row: row[at]
    places = [index[column] for column in columns]

    def joined(row: Row) -> str | None:
        values = [row[place] for place in places]
        return None if any(map(is_missing, values)) else "/".join(map(text, values))

    return joined
