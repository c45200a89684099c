"""The AsyncAPI 3 document: every topic, who writes it, and what a message on it looks like."""

from typing import Any

import msgspec

from schemas.catalogue import CONTRACTS, Contract
from schemas.envelope import JSON_CONTENT, SPECVERSION, STRUCTURED_CONTENT

ASYNCAPI_VERSION = "3.0.0"
CONTRACTS_VERSION = "1.0.0"
"""Version of the set of contracts; its first number rises when a payload gets a new version."""

Document = dict[str, Any]

_ACTIONS = {"input": ("receive",), "output": ("send",), "internal": ("send", "receive")}
_DESCRIPTION = (
    "Events in, explained alerts out. Outputs are CloudEvents 1.0 in structured mode; inputs may "
    "be structured, binary (headers ce_…) or plain JSON (the data alone). Topic names are logical: "
    "a deployment may put a prefix before them. Unknown fields are ignored."
)


def asyncapi() -> Document:
    """The document. Operations are seen from churnstream: it receives inputs, it sends outputs."""
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "churnstream",
            "version": CONTRACTS_VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": STRUCTURED_CONTENT,
        "channels": {contract.topic: _channel(contract) for contract in CONTRACTS},
        "operations": {
            f"{action}-{contract.topic}": _operation(contract, action)
            for contract in CONTRACTS
            for action in _ACTIONS[contract.role]
        },
        "components": {
            "messages": {contract.name: _message(contract) for contract in CONTRACTS},
            "schemas": _schemas(),
        },
    }


def _channel(contract: Contract) -> Document:
    return {
        "address": contract.topic,
        "description": _summary(contract),
        "messages": {contract.name: {"$ref": f"#/components/messages/{contract.name}"}},
    }


def _operation(contract: Contract, action: str) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{contract.topic}"},
        "messages": [{"$ref": f"#/channels/{contract.topic}/messages/{contract.name}"}],
    }


def _message(contract: Contract) -> Document:
    return {
        "name": contract.type,
        "title": contract.payload.__name__,
        "summary": _summary(contract),
        "contentType": STRUCTURED_CONTENT,
        "payload": _envelope(contract),
        "bindings": {"kafka": {"key": {"type": "string", "description": contract.key}}},
    }


def _envelope(contract: Contract) -> Document:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": SPECVERSION},
            "id": text,
            "source": text,
            "type": {"const": contract.type},
            "subject": {**text, "description": contract.key},
            "time": {"type": "string", "format": "date-time", "description": "Event time."},
            "datacontenttype": {"const": JSON_CONTENT},
            "data": {"$ref": f"#/components/schemas/{contract.payload.__name__}"},
        },
    }


def _schemas() -> Document:
    _, definitions = msgspec.json.schema_components(
        [contract.payload for contract in CONTRACTS], ref_template="#/components/schemas/{name}"
    )
    for definition in definitions.values():
        definition.pop("additionalProperties", None)  # unknown fields are tolerated
    return dict(sorted(definitions.items()))


def _summary(contract: Contract) -> str:
    return " ".join((contract.payload.__doc__ or "").split("\n\n")[0].split())
