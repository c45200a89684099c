"""The fields that a source may fill: those of the input payloads, and their types."""

from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import inspect

from schemas.catalogue import CONTRACTS

Kind = Literal["text", "number", "integer", "boolean", "time", "attributes"]

INPUTS: dict[str, type[msgspec.Struct]] = {
    contract.topic: contract.payload for contract in CONTRACTS if contract.role == "input"
}
"""The topics that a source may write to, with the payload of each."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a payload: what it holds and whether a rule must fill it."""

    name: str
    kind: Kind
    required: bool


def fields_of(topic: str) -> dict[str, Field]:
    """The fields of an input topic's payload by name; raises ``KeyError`` for another topic."""
    info = inspect.type_info(INPUTS[topic])
    assert isinstance(info, inspect.StructType)  # noqa: S101 - every payload is a Struct
    return {
        field.encode_name: Field(field.encode_name, _kind(field.type), field.required)
        for field in info.fields
    }


def _kind(declared: inspect.Type) -> Kind:
    if isinstance(declared, inspect.Metadata):
        return _kind(declared.type)
    if isinstance(declared, inspect.UnionType):
        kinds = {_kind(t) for t in declared.types if not isinstance(t, inspect.NoneType)}
        # A field that takes a number or a whole number is written as a number.
        return "number" if kinds == {"number", "integer"} else min(kinds)
    match declared:
        case inspect.FloatType():
            return "number"
        case inspect.IntType():
            return "integer"
        case inspect.BoolType():
            return "boolean"
        case inspect.DateTimeType() | inspect.DateType():
            return "time"
        case inspect.DictType():
            return "attributes"
    return "text"
