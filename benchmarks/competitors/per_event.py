"""Our detectors behind the interface that other frameworks call: one event at a time.

The same codec, processor, trainer, portfolio and signal stage as in the worker. Three things favour
the competitors: learning happens at once in the same process (the worker sends examples through a
topic and reads the models back); the partition's event time is stored as rarely as the worker's
batches store it, though a crash would then lose some of it; and nothing is measured besides.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.learning import Learning
from benchmarks.retail import retail_policy
from detectors.broadcast import Published
from detectors.customer.partition import partition_key
from detectors.effects import Message, Output, Record
from detectors.processor import PartitionProcessor
from schemas.codec import Codec
from streams.settings import Settings

Read = Callable[[bytes], bytes | None]

# The environment that tells a competitor what to do.
BROKERS = "BENCH_BROKERS"
PREFIX = "BENCH_PREFIX"
"""Stands before the names of its output topics and of its group."""
INPUT = "BENCH_INPUT"
"""Its input topic on the cluster."""
LOGICAL = "BENCH_LOGICAL"
"""Which of our topics that is (default: interactions)."""
EVENTS = "BENCH_EVENTS"
"""After how many events to end (0: never)."""
FOLDER = "BENCH_FOLDER"
"""Where it may keep files."""

KEEP_TIME_EVERY = Settings().batch_size
"""Events after which the event time of a partition is stored: the worker's batch size."""

OUTPUTS = (
    "churn-risk",
    "upgrade-opportunity",
    "complaint-alerts",
    "customer-state",
    "level-moves",
    "key-account-alerts",
    "dead-letters",
    "training-examples",
    "portfolio-facts",
    "signals",
)
"""Logical topics that a customer stage writes to."""


class Surroundings:
    """What a competitor is told by its environment."""

    def __init__(self) -> None:
        self.brokers = os.environ[BROKERS]
        self.prefix = os.environ[PREFIX]
        self.input = os.environ[INPUT]
        self.logical = os.environ.get(LOGICAL, "interactions")
        self.folder = Path(os.environ[FOLDER])
        self.events = int(os.environ.get(EVENTS, "0"))

    @property
    def group(self) -> str:
        """The consumer group."""
        return f"{self.prefix}app"


class PerEvent:
    """A processor for each partition, one event a call."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._policy = retail_policy()
        self._codec = Codec()
        self._learning = Learning(self._policy)
        self._processors: dict[int, PartitionProcessor] = {}
        self._read: Read = lambda _: None
        self.handled = 0

    def handle(
        self,
        partition: int,
        offset: int,
        timestamp: float,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
        read: Read,
    ) -> Output:
        """Apply one record (`timestamp`: epoch s); `read` gives stored states of its partition."""
        processor = self._processors.get(partition)
        if processor is None:
            processor = PartitionProcessor(partition, self._policy, lambda key: self._read(key))
            self._processors[partition] = processor
        self._read = read
        source = f"{self._topic}/{partition}/{offset}"
        decoded = self._codec.decode(
            self._topic, value, key=key, headers=headers, received_at=timestamp, source=source
        )
        record = Record(self._topic, partition, offset, timestamp, key, value, decoded)
        output = processor.process([record])
        self.handled += 1
        if self.handled % KEEP_TIME_EVERY:
            output.states.pop(partition_key(partition), None)
        self._learn(output.messages)
        return output

    def _learn(self, messages: Sequence[Message]) -> None:
        published: list[Published] = [
            *self._learning.learn(messages),
            *self._learning.sum_up(messages),
            *self._learning.sense(messages),
        ]
        for value in published:
            for processor in self._processors.values():
                processor.install(value)
