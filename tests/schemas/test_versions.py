"""Versions: an old payload is turned into the current one by upcasters."""

from typing import Any

import orjson
import pytest

from schemas import careful
from schemas.catalogue import BY_PAYLOAD, BY_TOPIC, CONTRACTS, Contract
from schemas.decoded import Decoded
from schemas.fast import FastReader
from schemas.interaction import Interaction
from schemas.limits import Limits
from schemas.refusal import Refusal
from tests.schemas.records import RECEIVED_AT, SOURCE, changed, enveloped

LIMITS = Limits()


def _kind_was_called_action(data: dict[str, Any]) -> dict[str, Any]:
    return {"kind" if name == "action" else name: item for name, item in data.items()}


def _actions_had_numbers(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"action": {1: "purchase", 2: "return"}[data["action"]]}


THIRD = Contract(
    "interactions",
    "interaction",
    Interaction,
    "input",
    version=3,
    upcasters={1: _actions_had_numbers, 2: _kind_was_called_action},
)
"""What the catalogue would say after the payload had changed twice."""


def read(value: Any) -> Decoded:
    """Read one record by the third version."""
    raw = orjson.dumps(value)
    return careful.read(THIRD, raw, b"17850", (), RECEIVED_AT, SOURCE, LIMITS, None)


@pytest.mark.parametrize(
    ("version", "changes"),
    [
        (1, {"kind": ..., "action": 1}),
        (2, {"kind": ..., "action": "purchase"}),
        (3, {}),
    ],
)
def test_every_version_reads_as_the_current_one(version: int, changes: dict[str, Any]) -> None:
    event = enveloped(changed(**changes), type=f"churnstream.interaction.v{version}")
    assert read(event) == read(enveloped(changed(), type="churnstream.interaction.v3"))


def test_plain_json_states_no_version_and_is_the_oldest() -> None:
    assert (
        read(changed(kind=..., action=1)).payload
        == read(enveloped(changed(), type=THIRD.type)).payload
    )


def test_a_version_to_come_cannot_be_read() -> None:
    with pytest.raises(Refusal, match="version 4 of interaction; readable: 1 to 3"):
        read(enveloped(changed(), type="churnstream.interaction.v4"))


def test_the_fast_path_leaves_old_versions_alone() -> None:
    reader = FastReader(THIRD, LIMITS)
    for event in (changed(), enveloped(changed()), enveloped(changed(), type="shop.sold")):
        assert reader.read(orjson.dumps(event), b"17850", RECEIVED_AT, SOURCE) is None
    current = orjson.dumps(enveloped(changed(), type=THIRD.type))
    assert reader.read(current, b"17850", RECEIVED_AT, SOURCE) is not None


def test_topics_names_and_payloads_are_each_used_once() -> None:
    assert len(BY_TOPIC) == len(BY_PAYLOAD) == len({c.name for c in CONTRACTS}) == len(CONTRACTS)


def test_no_version_is_left_without_an_upcaster() -> None:
    for contract in CONTRACTS:
        assert sorted(contract.upcasters) == list(range(contract.oldest, contract.version))
