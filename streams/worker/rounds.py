"""One round of the customer stage as a value: what was decided, and where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detectors.effects import Output
from streams.worker.outbox import Parcel, Place


@dataclass(frozen=True, slots=True)
class Names:
    """Names of topics on the cluster, and where a message on a logical topic goes."""

    inputs: Mapping[str, str]
    """Name on the cluster → logical name, of the input topics."""
    physical: Mapping[str, str]
    """Logical name → name on the cluster, of all topics."""
    single: frozenset[str]
    """Logical topics of one partition."""
    changelog: str
    """Name on the cluster."""

    def place(self, topic: str, partition: int) -> Place:
        """Where a message of ``partition`` on the logical ``topic`` goes."""
        return self.physical[topic], 0 if topic in self.single else partition


@dataclass(slots=True)
class Round:
    """What was decided in one round and is on its way."""

    outputs: Parcel = field(default_factory=Parcel)
    states: dict[int, dict[bytes, bytes | None]] = field(default_factory=dict)
    """Partition → writes to the changelog and the store."""
    results: list[tuple[int, Output]] = field(default_factory=list)
    """Partition and what its processor returned."""
    events: list[Any] = field(default_factory=list)
    """Faust events to acknowledge."""
    times: list[int] = field(default_factory=list)
    """Kafka timestamps (ms) of the records whose latency is not yet noted."""

    def take_in(self, partition: int, output: Output, names: Names) -> None:
        """Add what a processor returned."""
        self.results.append((partition, output))
        if output.states:
            self.states.setdefault(partition, {}).update(output.states)
        for message in output.messages:
            place = names.place(message.topic, partition)
            self.outputs.add(place, message.key, message.value)

    def join(self, later: "Round") -> None:
        """Take in a later round that has no outputs: its states follow ours."""
        for partition, states in later.states.items():
            self.states.setdefault(partition, {}).update(states)
        self.results += later.results
        self.events += later.events
        self.times += later.times

    def changelog(self, topic: str) -> Parcel:
        """The states as records of the changelog ``topic``."""
        return Parcel(
            {(topic, number): list(states.items()) for number, states in self.states.items()}
        )
