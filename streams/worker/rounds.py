"""One round of the customer stage as a value: what was decided, and where it goes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from detectors.effects import Output
from streams.worker.outbox import Parcel, Place
from streams.worker.transactions import Share


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
    taken: dict[TopicPartition, int] = field(default_factory=dict)
    """Where reading goes on behind this round, by partition of an input topic."""
    times: list[int] = field(default_factory=list)
    """Kafka timestamps (ms) of the records whose latency is not yet noted."""

    @property
    def size(self) -> int:
        """Records that its changelog takes."""
        return sum(map(len, self.states.values()))

    def take_in(self, partition: int, output: Output, names: Names) -> None:
        """Add what a processor returned."""
        self.results.append((partition, output))
        if output.states:
            self.states.setdefault(partition, {}).update(output.states)
        for message in output.messages:
            place = names.place(message.topic, partition)
            self.outputs.add(place, message.key, message.value)

    def join(self, later: "Round") -> "Round":
        """Take in a later round and return it all: its states follow ours, in their order.

        `outputs` stay ours alone: they are sent before rounds are joined, or taken from `results`.
        """
        for partition, states in later.states.items():
            ours = self.states.setdefault(partition, {})
            for key in ours.keys() & states.keys():
                del ours[key]
            ours.update(states)
        self.results += later.results
        self.events += later.events
        self.taken.update(later.taken)
        self.times += later.times
        return self

    def shares(self, names: Names) -> dict[int, Share]:
        """Outputs, changelog and source offsets of each partition by itself."""
        shares: defaultdict[int, Share] = defaultdict(Share)
        for number, output in self.results:
            for message in output.messages:
                place = names.place(message.topic, number)
                shares[number].parcel.add(place, message.key, message.value)
        for place, states in self.changelog(names.changelog).places.items():
            shares[place[1]].parcel.places[place] = states
        for source, offset in self.taken.items():
            shares[source.partition].offsets[source] = offset
        return shares

    def changelog(self, topic: str) -> Parcel:
        """The states as records of the changelog ``topic``."""
        return Parcel(
            {(topic, number): list(states.items()) for number, states in self.states.items()}
        )
