"""What a restart reads of a state is what the whole state says."""

import msgspec
import pytest

from detectors.customer.dues import Dues, decode_dues
from detectors.customer.state import (
    VERSION,
    CustomerState,
    Staff,
    Statement,
    StateVersionError,
    decode_state,
    encode_state,
    new_state,
)
from tests.detectors.builders import brisk, records
from tests.detectors.customer.test_state import GOLDEN, eventful
from tests.detectors.retail import shoppers
from tests.laws.stage import run


def said(state: Dues) -> dict[str, object]:
    return {name: getattr(state, name) for name in Dues.__annotations__}


def looked_after() -> CustomerState:
    state = eventful()
    state.staff = Staff([Statement(1.0, "boss", "p1")], [(2.0, "boss")], value=7.0)
    return state


@pytest.mark.parametrize("state", [new_state("zoe"), eventful(), looked_after()])
def test_the_dues_are_those_of_the_whole_state(state: CustomerState) -> None:
    assert said(decode_dues(encode_state(state))) == said(state)


def test_the_dues_of_real_customers_are_those_of_their_whole_states() -> None:
    store = run(records(shoppers(100)), brisk()).store
    states = [value for key, value in store.items() if not key.startswith(b"\x00")]
    assert len(states) > 20
    for data in states:
        assert said(decode_dues(data)) == said(decode_state(data))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_dues_of_older_versions_are_those_of_the_upgraded_state(version: int) -> None:
    data = (GOLDEN / f"customer_state_v{version}.msgpack").read_bytes()
    assert said(decode_dues(data)) == said(decode_state(data))


def test_a_newer_state_is_refused() -> None:
    state = new_state("ann")
    state.version = VERSION + 1
    with pytest.raises(StateVersionError, match="'ann'"):
        decode_dues(encode_state(state))


@pytest.mark.parametrize("data", [b"", b"\xc1", encode_state(eventful())[:-1], b"\x92\x04\x05"])
def test_damage_is_found(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_dues(data)
