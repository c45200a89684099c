"""Reading topics without a consumer group: for people who look, never for the worker.

Nothing is committed and no worker is disturbed. `until_end` reads what is there; `follow` goes on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.partitioner.default import murmur2

from streams.errors import ChurnstreamError
from streams.kafka.clients import quiet_clients, refused, require_broker
from streams.settings import Settings
from streams.topics import physical

POLL_MS = 250
SILENT_POLLS = 120
"""After so many empty polls short of the end (30 s) the broker counts as not answering."""


class ReadingError(ChurnstreamError):
    """A topic is missing, or the broker stopped answering before its end."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it was read: `topic` is the logical name (without the prefix)."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading has come: offsets passed and offsets in all, over all partitions."""

    done: int
    total: int


class TopicReader:
    """Reads partitions of topics from their start or their end. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        """Connect to the brokers of `settings`; raises `BrokerUnreachableError` if none answers."""
        require_broker(settings)
        self._settings = settings
        with quiet_clients():
            try:
                self._consumer = KafkaConsumer(
                    **settings.kafka_python_options(),
                    group_id=None,
                    enable_auto_commit=False,
                    allow_auto_create_topics=False,
                    fetch_max_wait_ms=POLL_MS,
                    max_poll_records=5000,
                    isolation_level=(
                        "read_committed" if settings.exactly_once else "read_uncommitted"
                    ),
                )
            except KafkaError as error:
                raise refused(settings, error) from None
        self._names: dict[str, str] = {}

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._consumer.close(autocommit=False)

    def partitions(self, topic: str) -> list[int]:
        """The partition numbers of the logical `topic`; raises `ReadingError` if it is missing."""
        found = self._consumer.partitions_for_topic(self._physical(topic))
        if not found:
            raise ReadingError(
                f"topic {self._physical(topic)!r} does not exist on "
                f"{','.join(self._settings.brokers)}: is the prefix right? "
                "`churnstream topics create` makes the topics"
            )
        return sorted(found)

    def assign(self, wanted: Mapping[str, Sequence[int]], *, from_start: bool) -> None:
        """Read these partitions (logical topic → numbers) from now on, from start or end."""
        places = [
            TopicPartition(self._physical(topic), number)
            for topic, numbers in wanted.items()
            for number in numbers
        ]
        self._consumer.assign(places)
        if from_start:
            self._consumer.seek_to_beginning(*places)
        else:
            self._consumer.seek_to_end(*places)
            for place in places:  # an end is looked up lazily: fix it now, lest records slip by
                self._consumer.position(place)

    def follow(self) -> Iterator[list[Item]]:
        """What the assigned partitions hold and what comes, for ever; empty lists meanwhile."""
        while True:
            yield self._poll()

    def until_end(self) -> Iterator[tuple[list[Item], Progress]]:
        """What the assigned partitions hold now, up to their ends, with the progress so far."""
        starts = {place: self._consumer.position(place) for place in self._consumer.assignment()}
        silent = 0
        while True:
            items = self._poll()
            silent = 0 if items else silent + 1
            progress, ended = self._progress(starts)
            yield items, progress
            if ended:
                return
            if silent > SILENT_POLLS:
                raise ReadingError(
                    f"{','.join(self._settings.brokers)} stopped answering after "
                    f"{progress.done} of {progress.total} records; try again"
                )

    def _poll(self) -> list[Item]:
        fetched = self._consumer.poll(timeout_ms=POLL_MS)
        return [
            Item(self._names[place.topic], place.partition, record.offset, record.key, record.value)
            for place, records in fetched.items()
            for record in records
        ]

    def _progress(self, starts: Mapping[TopicPartition, int]) -> tuple[Progress, bool]:
        """The progress since `starts`, and whether every partition has been read to its end.

        The end is the high watermark of a fetch, not the answer to ListOffsets, which some small
        brokers give too low.
        """
        done = total = 0
        ended = True
        for place, start in starts.items():
            position, end = self._consumer.position(place), self._consumer.highwater(place)
            ended = ended and end is not None and position >= end
            done += position - start
            total += max(end or 0, position) - start
        return Progress(done, total), ended

    def _physical(self, topic: str) -> str:
        name = physical(self._settings, topic)
        self._names[name] = topic
        return name


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's own clients choose for `key` (murmur2, as in Java)."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
