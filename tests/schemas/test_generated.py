"""The generated documents: fresh, valid, and true of the golden records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

import schemas
from schemas.catalogue import CONTRACTS, Contract
from schemas.generate import documents, file_of, json_schema, stale, write
from tests.schemas.records import GOOD, changed
from tests.schemas.test_golden import golden

GENERATED = Path(schemas.__file__).parent / "generated"
EACH = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
DOCUMENT: dict[str, Any] = orjson.loads(documents()["asyncapi.json"])


def resolve(reference: str) -> Any:
    """What a reference within the AsyncAPI document points to."""
    assert reference.startswith("#/"), reference
    found: Any = DOCUMENT
    for step in reference[2:].split("/"):
        found = found[step]
    return found


def references(item: Any) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(item, dict):
        if isinstance(item.get("$ref"), str):
            yield item["$ref"]
        for inner in item.values():
            yield from references(inner)
    elif isinstance(item, list):
        for inner in item:
            yield from references(inner)


def test_the_generated_files_are_fresh() -> None:
    assert stale(GENERATED, documents()) == [], "run `churnstream schemas --write`"


def test_staleness_is_seen(tmp_path: Path) -> None:
    write(tmp_path, documents())
    assert stale(tmp_path, documents()) == []
    (tmp_path / "interaction.v1.json").write_bytes(b"{}")
    (tmp_path / "profile.v1.json").unlink()
    (tmp_path / "old.v1.json").write_bytes(b"{}")
    lines = stale(tmp_path, documents())
    assert lines == [
        "profile.v1.json: missing",
        "old.v1.json: belongs to no schema",
        "interaction.v1.json: differs",
    ]
    write(tmp_path, documents())
    assert stale(tmp_path, documents()) == []


@EACH
def test_every_schema_is_a_valid_schema_with_described_fields(contract: Contract) -> None:
    schema = json_schema(contract)
    Draft202012Validator.check_schema(schema)
    assert orjson.loads(documents()[file_of(contract)]) == schema
    for definition in (schema, *schema.get("$defs", {}).values()):
        for name, field in definition.get("properties", {}).items():
            assert field.get("description"), f"{definition['title']}.{name} has no description"


@EACH
def test_golden_records_satisfy_their_schema(contract: Contract) -> None:
    validator = Draft202012Validator(json_schema(contract), format_checker=FormatChecker())
    for value in golden(contract, contract.version):
        data = orjson.loads(value)["data"]
        validator.validate(data)
        validator.validate(data | {"unknown": 1})
        for name in json_schema(contract)["required"]:
            assert not validator.is_valid({k: v for k, v in data.items() if k != name})


@pytest.mark.parametrize("topic", GOOD)
def test_the_schema_refuses_wrong_types(topic: str) -> None:
    (contract,) = (item for item in CONTRACTS if item.topic == topic)
    validator = Draft202012Validator(json_schema(contract))
    assert validator.is_valid(changed(topic))
    assert not validator.is_valid(changed(topic, customer_id=17850))
    assert not validator.is_valid(changed(topic, occurred_at=1291191960))
    assert not validator.is_valid(changed(topic, event_id="x" * 201))


def test_asyncapi_has_the_required_parts() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    allowed = {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"}
    assert DOCUMENT.keys() == allowed


def test_asyncapi_has_a_channel_and_its_operations_for_every_topic() -> None:
    assert list(DOCUMENT["channels"]) == [contract.topic for contract in CONTRACTS]
    wanted = {"input": {"receive"}, "output": {"send"}, "internal": {"send", "receive"}}
    for contract in CONTRACTS:
        assert DOCUMENT["channels"][contract.topic]["address"] == contract.topic
        actions = {
            operation["action"]
            for operation in DOCUMENT["operations"].values()
            if operation["channel"]["$ref"] == f"#/channels/{contract.topic}"
        }
        assert actions == wanted[contract.role]


def test_asyncapi_operations_name_messages_of_their_channel() -> None:
    """AsyncAPI 3 wants references to the channel's messages, not to the components."""
    for operation in DOCUMENT["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_asyncapi_references_all_resolve() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        assert resolve(reference)


@EACH
def test_asyncapi_messages_describe_the_golden_records(contract: Contract) -> None:
    message = DOCUMENT["components"]["messages"][contract.name]
    assert message["name"] == contract.type
    schema = {**message["payload"], "components": DOCUMENT["components"]}
    for value in golden(contract, contract.version):
        Draft202012Validator(schema).validate(orjson.loads(value))
