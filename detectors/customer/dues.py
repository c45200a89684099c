"""What of a customer's state says when something is due next: all that a restart must read.

A worker that comes back plans every customer of its partitions anew. Most of a state, its days and
profiles above all, has no part in that and is skipped in the bytes.
"""

from collections.abc import Iterator
from typing import Any, Literal, Protocol

import msgspec

from detectors.customer.state import (
    VERSION,
    Alert,
    ComplaintCase,
    CustomerState,
    Staff,
    Waiting,
    decode_state,
)


class Dues(Protocol):
    """The fields of `CustomerState` that deadlines, clocks and the index of managers look at."""

    customer_id: str
    first_at: float
    complaints: list[ComplaintCase]
    past_complaints: int
    waiting: list[Waiting]
    alerts: dict[str, Alert]
    review_day: int
    staff: Staff | None


def decode_dues(data: bytes) -> Dues:
    """The dues in a stored state of this or an older version; raises what `decode_state` raises.

    Damage in what is skipped is found when the customer's whole state is read.
    """
    try:
        found: Dues = _decoder.decode(data)
    except msgspec.ValidationError:  # another version, too
        return decode_state(data)
    return found


def _fields() -> Iterator[tuple[str, Any, Any]]:
    """The layout of a state, with the bytes of whatever is not needed."""
    needed = {"version", *Dues.__annotations__}
    for field in msgspec.structs.fields(CustomerState):
        kind = field.type if field.name in needed else msgspec.Raw
        if field.name == "version":
            kind = Literal[VERSION]
        if field.required:
            default: Any = msgspec.NODEFAULT
        elif field.name not in needed:
            default = msgspec.Raw()
        elif field.default is not msgspec.NODEFAULT:
            default = field.default
        else:
            default = msgspec.field(default_factory=field.default_factory)
        yield field.name, kind, default


_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    msgspec.defstruct("StoredDues", list(_fields()), array_like=True, gc=False)
)
