"""What is stored and cannot be read is told by its key, and nobody goes on without it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from detectors.customer.dues import decode_dues
from detectors.customer.partition import partition_key, told_key
from detectors.customer.state import (
    VERSION,
    StateVersionError,
    decode_state,
    encode_state,
    new_state,
)
from detectors.customer.stored import StateDamageError, decoded
from detectors.processor import PartitionProcessor
from tests.detectors.builders import brisk, interaction, on, records

DAMAGED = "^what is stored of 'ann' is damaged "
DAYS = [field.name for field in msgspec.structs.fields(new_state("ann"))].index("days")


def changed(place: int, value: object) -> bytes:
    """A state of ann's with another value in one field."""
    fields = msgspec.msgpack.decode(encode_state(new_state("ann")))
    fields[place] = value
    return msgspec.msgpack.encode(fields)


@pytest.mark.parametrize("decode", [decode_state, decode_dues])
@pytest.mark.parametrize("data", [b"", b"\xc1", b"{}", b"\x92\x02\xa1x", changed(0, -7)[:-1]])
def test_damage_is_told_by_its_key(decode: Callable[[bytes], Any], data: bytes) -> None:
    with pytest.raises(StateDamageError, match=DAMAGED):
        decoded(decode, b"ann", data)


@pytest.mark.parametrize("decode", [decode_state, decode_dues])
def test_a_newer_version_is_no_damage(decode: Callable[[bytes], Any]) -> None:
    with pytest.raises(StateVersionError, match="run the newer program"):
        decoded(decode, b"ann", changed(0, VERSION + 1))


@pytest.mark.parametrize(
    "key", [b"ann", partition_key(0), told_key(0), partition_key(0) + b"/staff"]
)
def test_a_damaged_partition_is_not_taken_up(key: bytes) -> None:
    processor = PartitionProcessor(0, brisk(), lambda key: None)
    with pytest.raises(StateDamageError, match="is damaged"):
        processor.restore([(b"bob", encode_state(new_state("bob"))), (key, b"\xc1")])


def test_damage_that_planning_skips_is_told_when_the_customer_s_next_event_comes() -> None:
    store = {b"ann": changed(DAYS, "in words")}
    processor = PartitionProcessor(0, brisk(), store.get)
    processor.restore(store.items())
    with pytest.raises(StateDamageError, match=DAMAGED):
        processor.process(records([interaction("e", "ann", on(1), "purchase", amount=1.0)]))
