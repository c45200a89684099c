"""Golden records: a payload of every version, once written, stays readable for ever.

The files in tests/golden are never changed. A new version adds a file beside the old one, and so
does a new optional field of a version: ``churnstream.<payload>.v<version>.<field>.json``.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.catalogue import CONTRACTS, Contract
from schemas.codec import Codec, Decoded, decode_output, encode

GOLDEN = Path(__file__).parents[1] / "golden"
AFTER_ALL = 2e9


def golden(contract: Contract, version: int) -> list[bytes]:
    """The golden records of one version of one payload, the oldest first."""
    first = GOLDEN / f"churnstream.{contract.name}.v{version}.json"
    return [path.read_bytes() for path in (first, *sorted(GOLDEN.glob(f"{first.stem}.*.json")))]


def readable() -> list[tuple[Contract, int]]:
    """Every contract with every version of it that the program says it can read."""
    return [(c, version) for c in CONTRACTS for version in range(c.oldest, c.version + 1)]


VERSIONS = pytest.mark.parametrize(
    ("contract", "version"), readable(), ids=[f"{c.name}.v{v}" for c, v in readable()]
)


def test_there_is_a_golden_record_of_every_version_and_no_other() -> None:
    wanted = {f"churnstream.{contract.name}.v{version}.json" for contract, version in readable()}
    added = {
        f"churnstream.{contract.name}.v{contract.version}.{name}.json"
        for contract in CONTRACTS
        for name in contract.payload.__struct_fields__
    }
    # Of a field within a field the outer one counts.
    stems = (path.stem.split(".")[:4] for path in GOLDEN.glob("*.json"))
    found = {f"{'.'.join(parts)}.json" for parts in stems}
    assert wanted <= found <= wanted | added


@VERSIONS
def test_golden_records_are_readable(contract: Contract, version: int) -> None:
    for value in golden(contract, version):
        assert isinstance(decode_output(contract.topic, value), contract.payload)
        if contract.role != "input":
            continue
        event = orjson.loads(value)
        decoded = Codec().decode(
            contract.topic,
            value,
            key=event["subject"].encode(),
            received_at=AFTER_ALL,
            source="place",
        )
        assert isinstance(decoded, Decoded), decoded
        assert decoded.payload == decode_output(contract.topic, value)
        assert decoded.event_id == event["data"]["event_id"]
        assert decoded.unknown_fields == 0


@VERSIONS
def test_golden_records_use_every_field(contract: Contract, version: int) -> None:
    """A field that no golden record holds could change its meaning without a test that fails."""
    if version == contract.version:
        used = {name for value in golden(contract, version) for name in orjson.loads(value)["data"]}
        assert used == set(contract.payload.__struct_fields__)


@VERSIONS
def test_what_is_written_today_is_what_was_written_then(contract: Contract, version: int) -> None:
    if version != contract.version:
        return
    for value in golden(contract, version):
        event: dict[str, Any] = orjson.loads(value)
        payload = decode_output(contract.topic, value)
        again = encode(payload, id=event["id"], subject=event["subject"], time=0.0)
        assert orjson.loads(again) == {**event, "time": "1970-01-01T00:00:00Z"}
