"""The Online Retail data set as the events that Kafka carries: the input of the benchmarks."""

from pathlib import Path

import orjson

from benchmarks.wire import WireEvent
from detectors.policy import Policy, load_policy
from streams.sources.source import load_source

EXAMPLE = Path(__file__).parent.parent / "examples" / "online_retail"
TOPIC = "interactions"


def retail_policy() -> Policy:
    """The policy that ships with the data."""
    return load_policy(EXAMPLE / "policy.toml")


def read_events(limit: int = 0, copies: int = 1) -> list[WireEvent]:
    """Purchases and returns of known customers, in the order of the file, encoded.

    `limit`: how many at most (0: all). `copies`: so many customers behave alike, each event
    coming once for each of them, so that the data grows without changing its rhythm.
    """
    events: list[WireEvent] = []
    for event in load_source(EXAMPLE / "source.toml").events():
        for copy in range(copies):
            value = event.value
            if copy:
                customer, id = f"{event.key}-{copy}", f"{value['event_id']}-{copy}"
                value = value | {"customer_id": customer, "event_id": id}
            key = value["customer_id"].encode()
            events.append(WireEvent(TOPIC, key, orjson.dumps(value), event.occurred_at))
            if len(events) == limit:
                return events
    return events
