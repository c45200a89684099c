"""What the benchmarks do with a broker: make topics, fill them, follow a group, read to the end."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from benchmarks.wire import WireEvent

PARTITIONS = 4
BY_KEY = -1
"""In place of a partition: where the key belongs."""

MOST_QUEUED = 200_000
"""Records that wait in the producer."""

APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
"""The broker's clock on every record: one clock for all that is compared."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the broker keeps it; `at`: seconds since 1970."""

    topic: str
    key: bytes | None
    value: bytes | None
    at: float


class BrokerIO:
    """A client of one broker."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._admin = AdminClient({"bootstrap.servers": address})

    def create(self, topics: Mapping[str, int], configs: Mapping[str, str] | None = None) -> None:
        """Create topics, each with so many partitions."""
        new = [
            NewTopic(topic, partitions, 1, config=dict(configs or {}))
            for topic, partitions in topics.items()
        ]
        for future in self._admin.create_topics(new).values():
            future.result()

    def stamp_at_append(self, topics: Sequence[str]) -> None:
        """Let existing topics carry the broker's time."""
        resources = [
            ConfigResource(
                ResourceType.TOPIC,
                topic,
                incremental_configs=[
                    ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                    for name, value in APPEND_TIME.items()
                ],
            )
            for topic in topics
        ]
        for future in self._admin.incremental_alter_configs(resources).values():
            future.result()

    def produce(self, topic: str, events: Iterable[WireEvent], partition: int = BY_KEY) -> None:
        """Send all events, by default partitioned by key; wait until the broker has them."""
        settings: dict[str, Any] = {
            "bootstrap.servers": self.address,
            "partitioner": "murmur2",
            "linger.ms": 20,
            "enable.idempotence": True,
            "queue.buffering.max.messages": 1_000_000,
        }
        producer = Producer(settings)
        for number, event in enumerate(events):
            if number % 1000 == 0:
                while len(producer) > MOST_QUEUED:
                    producer.poll(0.1)
                producer.poll(0)
            producer.produce(topic, event.value, event.key, partition)
        if producer.flush(120):
            raise TimeoutError(f"the broker did not take all events of {topic}")

    def behind(self, group: str, topic: str) -> int:
        """Records of the topic that the group has not committed."""
        with self._consumer(group) as consumer:
            places = self._places(consumer, [topic])
            ends = [int(consumer.get_watermark_offsets(at, timeout=30)[1]) for at in places]
            try:
                committed = consumer.committed(places, timeout=30)
            except KafkaException:
                return sum(ends)  # the group is so new that nobody coordinates it yet
        return sum(ends) - sum(max(int(place.offset), 0) for place in committed)

    def read(self, topics: Sequence[str]) -> Iterator[Kept]:
        """All records that the topics hold now, in order within a partition."""
        with self._consumer("benchmark-reader") as consumer:
            open_ends = {}
            for place in self._places(consumer, topics):
                start, end = consumer.get_watermark_offsets(place, timeout=30)
                if end > start:
                    place.offset = start
                    open_ends[place.topic, place.partition] = (place, end)
            consumer.assign([place for place, _ in open_ends.values()])
            while open_ends:
                for message in consumer.consume(2000, timeout=1.0):
                    where = message.topic(), message.partition()
                    if message.error():
                        if message.error().code() != KafkaError._PARTITION_EOF:
                            raise KafkaException(message.error())
                        open_ends.pop(where, None)  # a transaction's marker is its last record
                        continue
                    if where in open_ends and message.offset() >= open_ends[where][1] - 1:
                        del open_ends[where]
                    yield Kept(
                        message.topic(),
                        message.key(),
                        message.value(),
                        message.timestamp()[1] / 1000,
                    )

    def wait_for_group(self, group: str, topic: str, timeout: float) -> bool:
        """Whether the group committed the whole topic in time; looks twice a second."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.behind(group, topic):
                return True
            time.sleep(0.5)
        return False

    def _places(self, consumer: Any, topics: Sequence[str]) -> list[Any]:
        metadata = consumer.list_topics(timeout=30).topics
        return [
            TopicPartition(topic, partition)
            for topic in topics
            if topic in metadata
            for partition in metadata[topic].partitions
        ]

    def _consumer(self, group: str) -> "_Closing":
        settings: dict[str, Any] = {
            "bootstrap.servers": self.address,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
        return _Closing(Consumer(settings))


class _Closing:
    """A consumer that is closed behind the ``with`` block."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def __enter__(self) -> Any:
        return self._consumer

    def __exit__(self, *_: object) -> None:
        self._consumer.close()
