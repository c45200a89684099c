"""The contracts for other languages: a JSON Schema of each payload and one AsyncAPI document.

Everything is made of the Structs and the catalogue; the files in `schemas/generated` are kept in
the repository, and a test fails when they are stale.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import orjson

from schemas.asyncapi import asyncapi
from schemas.catalogue import CONTRACTS, Contract

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI_FILE = "asyncapi.json"

Document = dict[str, Any]


def documents() -> dict[str, bytes]:
    """File name → content of every generated file: `<payload>.v<version>.json`, `asyncapi.json`."""
    found = {file_of(contract): _written(json_schema(contract)) for contract in CONTRACTS}
    found[ASYNCAPI_FILE] = _written(asyncapi())
    return found


def file_of(contract: Contract) -> str:
    """The name of the file with the JSON Schema of `contract`."""
    return f"{contract.name}.v{contract.version}.json"


def json_schema(contract: Contract) -> Document:
    """The JSON Schema (draft 2020-12) of the data on one topic, without the envelope."""
    (root,), definitions = msgspec.json.schema_components([contract.payload])
    own = definitions.pop(root["$ref"].rpartition("/")[2])
    own.pop("additionalProperties", None)  # unknown fields are tolerated
    schema: Document = {"$schema": DIALECT, "$id": f"urn:{contract.type.replace('.', ':')}", **own}
    return {**schema, "$defs": definitions} if definitions else schema


def stale(directory: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """What differs between the files in `directory` and the `wanted` ones, a line each."""
    here = {path.name for path in directory.glob("*.json")}
    lines = [f"{name}: missing" for name in sorted(wanted.keys() - here)]
    lines += [f"{name}: belongs to no schema" for name in sorted(here - wanted.keys())]
    for name in sorted(here & wanted.keys()):
        if (directory / name).read_bytes() != wanted[name]:
            lines.append(f"{name}: differs")
    return lines


def write(directory: Path, wanted: Mapping[str, bytes]) -> None:
    """Make the JSON files in `directory` exactly the `wanted` ones."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (directory / name).write_bytes(content)


def _written(document: Document) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
