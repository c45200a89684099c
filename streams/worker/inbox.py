"""What a worker has read and not yet processed: records per partition, merged over topics.

A customer's events of several topics meet in one processor. Per partition the records are taken
in the order of their Kafka timestamps, offset order kept inside a topic, so that after a stop no
topic races ahead of its siblings (and makes their events late).
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class RawRecord(Protocol):
    """The fields of aiokafka's ConsumerRecord that are used; ``timestamp`` in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(slots=True)
class Taken:
    """What one round takes from one partition."""

    partition: int
    records: list[RawRecord] = field(default_factory=list)
    finished: list[Any] = field(default_factory=list)
    """The Faust events whose records are all taken, to be acknowledged when the round is done."""


@dataclass(slots=True)
class _Delivery:
    event: Any
    records: Sequence[RawRecord]
    begin: int = 0


class PartitionInbox:
    """The waiting records of one partition number, a queue per topic."""

    def __init__(self, partition: int, topics: Sequence[str]) -> None:
        self.partition = partition
        self.size = 0
        self._queues: dict[str, deque[_Delivery]] = {topic: deque() for topic in topics}
        self._next: dict[str, int] = {}

    def add(self, event: Any) -> None:
        """Put in a composite event (its value: the records)."""
        message = event.message
        self._queues[message.topic].append(_Delivery(event, event.value))
        self._next[message.topic] = message.offset + 1
        self.size += len(event.value)

    def empty_topics(self) -> list[tuple[str, int | None]]:
        """The topics without a waiting record, each with the offset that comes next if known."""
        return [
            (topic, self._next.get(topic)) for topic, queue in self._queues.items() if not queue
        ]

    def take(self, limit: int, awaited: Iterable[str] = ()) -> Taken:
        """Take up to ``limit`` records in merged order.

        ``awaited`` names topics that have more on the broker but nothing here: as soon as one of
        them, or a topic whose queue runs empty while in it, could hold the next record, stop.
        """
        taken = Taken(self.partition)
        while len(taken.records) < limit:
            filled = [queue for queue in self._queues.values() if queue]
            if not filled or any(not self._queues[topic] for topic in awaited):
                break
            if len(filled) == 1:
                self._take_run(taken, filled[0], limit)
            else:
                self._take_merged(taken, filled, limit)
        self.size -= len(taken.records)
        return taken

    def _take_run(self, taken: Taken, queue: deque[_Delivery], limit: int) -> None:
        head = queue[0]
        end = min(len(head.records), head.begin + limit - len(taken.records))
        taken.records.extend(head.records[head.begin : end])
        self._advance(taken, queue, end)

    def _take_merged(self, taken: Taken, filled: list[deque[_Delivery]], limit: int) -> None:
        """Take the oldest of several heads, until one delivery is used up."""
        heads = [queue[0] for queue in filled]
        places = [head.begin for head in heads]
        times = [head.records[head.begin].timestamp for head in heads]
        room = limit - len(taken.records)
        while room:
            oldest = times.index(min(times))
            head = heads[oldest]
            taken.records.append(head.records[places[oldest]])
            places[oldest] += 1
            room -= 1
            if places[oldest] == len(head.records):
                break
            times[oldest] = head.records[places[oldest]].timestamp
        for queue, place in zip(filled, places, strict=True):
            self._advance(taken, queue, place)

    @staticmethod
    def _advance(taken: Taken, queue: deque[_Delivery], place: int) -> None:
        head = queue[0]
        head.begin = place
        if place == len(head.records):
            taken.finished.append(head.event)
            queue.popleft()


class Inbox:
    """The waiting records of all partitions of this worker."""

    def __init__(self, topics: Sequence[str], largest: int) -> None:
        self._topics = tuple(topics)
        self._largest = largest
        self._partitions: dict[int, PartitionInbox] = {}

    @property
    def size(self) -> int:
        """All waiting records."""
        return sum(inbox.size for inbox in self._partitions.values())

    @property
    def full(self) -> bool:
        """Whether the reader must pause."""
        return self.size >= self._largest

    def add(self, event: Any) -> None:
        """Put in a composite event."""
        partition = event.message.partition
        if partition not in self._partitions:
            self._partitions[partition] = PartitionInbox(partition, self._topics)
        self._partitions[partition].add(event)

    def clear(self) -> None:
        """Drop everything: it will be read again from the committed offsets."""
        self._partitions.clear()

    def take(
        self,
        limit: int,
        awaited: Callable[[PartitionInbox], Iterable[str]],
        busy: Collection[int] = (),
    ) -> Mapping[int, Taken]:
        """Take about ``limit`` records, as many of each partition that has some; in order.

        Each partition that is not ``busy`` gives at least one, and only as many as a fair share.
        """
        filled = [
            number
            for number, inbox in sorted(self._partitions.items())
            if inbox.size and number not in busy
        ]
        rounds = {}
        for number in filled:
            inbox = self._partitions[number]
            taken = inbox.take(max(limit // len(filled), 1), awaited(inbox))
            if taken.records:
                rounds[number] = taken
        return rounds
