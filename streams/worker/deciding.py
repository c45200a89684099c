"""The deciding half of a round: from waiting records to what is to be sent and stored."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka import TopicPartition

from detectors.effects import Output, Record
from schemas.codec import Decoded, Rejected
from streams.metrics import Metrics
from streams.worker.dead_letters import DeadLetterGuard
from streams.worker.inbox import Inbox, PartitionInbox, RawRecord, Taken
from streams.worker.partitions import Partition, Partitions
from streams.worker.positions import Positions
from streams.worker.rounds import Names, Round

PATIENCE = 5.0
"""Seconds that a partition waits for a topic of which the broker has more, or has not told yet."""

ON_ITS_WAY = 0.25
"""The same when all was fetched, and is on its way here: if it is more than the mark that ends a
transaction, of which the broker counts an offset and nobody ever sees a record."""


class Decode(Protocol):
    """`schemas.codec.Codec.decode`."""

    def __call__(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: Any,
        received_at: float,
        source: str,
    ) -> Decoded | Rejected:
        """Decode one record; never raises."""


@dataclass(slots=True)
class _Work:
    """What a partition is busy with: it gives its outputs in parts, one a round."""

    outputs: Iterator[Output]
    taken: Taken
    """Records that are done with the last part; none when only time goes on."""


class Decider:
    """Takes records from the inbox and lets the processors of their partitions decide."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        names: Names,
        partitions: Partitions,
        decode: Decode,
        guard: DeadLetterGuard,
        metrics: Metrics,
        positions: Positions,
        batch_size: int,
        idle_after: float,
    ) -> None:
        self._inbox = inbox
        self._names = names
        self._partitions = partitions
        self._decode = decode
        self._guard = guard
        self._metrics = metrics
        self._positions = positions
        self._batch_size = batch_size
        self._idle_after = idle_after
        self._held_since: dict[tuple[str, int], float] = {}
        self._begun: dict[int, _Work] = {}
        """By partition, what is not done with the last round."""

    @property
    def is_busy(self) -> bool:
        """Whether there is more to decide on, without any further record."""
        return bool(self._begun)

    def forget(self) -> None:
        """Begin anew, after a rebalance; what was begun is read again."""
        self._held_since.clear()
        self._begun.clear()

    def decide(self) -> Round | None:
        """What up to ``batch_size`` waiting records lead to; None when there is nothing to do.

        A partition that has much to do does a part of it, and takes no record before all is done.
        Raises `TooManyDeadLettersError`, and whatever a processor raises; then nothing of this
        round may be sent.
        """
        round_ = Round()
        busy = list(self._begun)
        if busy:  # of several the one that has waited longest, so that a round is soon done
            self._go_on(self._partitions[busy[0]], self._begun.pop(busy[0]), round_)
        read = self._inbox.take(self._batch_size, self._awaited, busy)
        for number, taken in read.items():
            with self._metrics.timed("decode"):
                records = [self._record(raw) for raw in taken.records]
            partition = self._partitions[number]
            outputs = partition.processor.process_in_parts(records)
            self._go_on(partition, _Work(outputs, taken), round_)
        if read:
            self._metrics.observe_batch(sum(len(taken.records) for taken in read.values()))
        if self._idle_after:
            self._advance_idle(round_)
        return round_ if round_.results else None

    def _go_on(self, partition: Partition, work: _Work, round_: Round) -> None:
        """Let a partition do the next part of its work, and see where that goes."""
        with self._metrics.timed("process"):
            output = next(work.outputs)
        self._guard.admit(partition.number, output)
        partition.stage(output.states)
        round_.take_in(partition.number, output, self._names)
        if output.more:
            self._begun[partition.number] = work
            partition.parts += 1
            return
        taken = work.taken
        if taken.records:
            partition.last_read_at = time.monotonic()
            partition.idle_from = partition.processor.watermark
            partition.idle_clock = partition.processor.clock
        round_.events += taken.finished
        round_.times += [raw.timestamp for raw in taken.records]
        behind = {raw.topic: raw.offset + 1 for raw in taken.records}
        for topic, offset in behind.items():
            self._held_since.pop((topic, partition.number), None)
            round_.taken[TopicPartition(topic, partition.number)] = offset

    def _advance_idle(self, round_: Round) -> None:
        """Move the event time of partitions that had no record for long at the pace of the clock.

        An idle partition is moved once per ``idle_after``, as each move is a changelog record.
        """
        now = time.monotonic()
        for partition in self._partitions.owned:
            idle = now - max(partition.last_read_at, partition.last_advanced_at)
            is_busy = partition.number in self._begun
            if is_busy or idle < self._idle_after or partition.idle_from == float("-inf"):
                continue
            partition.last_advanced_at = now
            silent = now - partition.last_read_at
            outputs = partition.processor.advance_in_parts(
                partition.idle_from + silent, partition.idle_clock + silent
            )
            self._go_on(partition, _Work(outputs, Taken(partition.number)), round_)

    def _record(self, raw: RawRecord) -> Record:
        topic = self._names.inputs[raw.topic]
        at = raw.timestamp / 1000
        decoded = self._decode(
            topic,
            raw.value,
            key=raw.key,
            headers=raw.headers,
            received_at=at,
            source=f"{topic}/{raw.partition}/{raw.offset}",
        )
        return Record(topic, raw.partition, raw.offset, at, raw.key, raw.value, decoded)

    def _awaited(self, inbox: PartitionInbox) -> list[str]:
        """The topics of a partition that have more on the broker but nothing here.

        A topic is awaited only so long, and again only after it has brought something.
        """
        awaited = []
        now = time.monotonic()
        for topic, next_offset in inbox.empty_topics():
            end = self._positions.end(topic, inbox.partition)
            fetched = self._positions.fetched(topic, inbox.partition)
            if next_offset is None:
                next_offset = fetched
            place = topic, inbox.partition
            if end is not None and next_offset is not None and next_offset >= end:
                self._held_since.pop(place, None)
                continue
            is_fetched = end is not None and fetched is not None and fetched >= end
            patience = ON_ITS_WAY if is_fetched else PATIENCE
            held = now - self._held_since.setdefault(place, now)
            if held < patience and not self._inbox.full:
                awaited.append(topic)
        return awaited
