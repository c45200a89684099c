"""The deciding half of a round: from waiting records to what is to be sent and stored."""

import time
from typing import Any, Protocol

from aiokafka import TopicPartition

from detectors.effects import Record
from schemas.codec import Decoded, Rejected
from streams.metrics import Metrics
from streams.worker.dead_letters import DeadLetterGuard
from streams.worker.inbox import Inbox, PartitionInbox, RawRecord
from streams.worker.partitions import Partitions
from streams.worker.positions import Positions
from streams.worker.rounds import Names, Round

PATIENCE = 0.25
"""Seconds that a partition waits for a topic that has more on the broker but nothing here."""


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

    def forget(self) -> None:
        """Begin anew, after a rebalance."""
        self._held_since.clear()

    def decide(self) -> Round | None:
        """What up to ``batch_size`` waiting records lead to; None when there is nothing to do.

        Raises `TooManyDeadLettersError`, and whatever a processor raises; then nothing of this
        round may be sent.
        """
        round_ = Round()
        for number, part in self._inbox.take(self._batch_size, self._awaited).items():
            partition = self._partitions[number]
            with self._metrics.timed("decode"):
                records = [self._record(raw) for raw in part.records]
            with self._metrics.timed("process"):
                output = partition.processor.process(records)
            self._guard.admit(number, output)
            partition.stage(output.states)
            partition.last_read_at = time.monotonic()
            partition.idle_from = partition.processor.watermark
            partition.idle_clock = partition.processor.clock
            round_.take_in(number, output, self._names)
            round_.events += part.finished
            round_.times += [raw.timestamp for raw in part.records]
            behind = {raw.topic: raw.offset + 1 for raw in part.records}
            for topic, offset in behind.items():
                round_.taken[TopicPartition(topic, number)] = offset
        if round_.times:
            self._metrics.observe_batch(len(round_.times))
        if self._idle_after:
            self._advance_idle(round_)
        return round_ if round_.results else None

    def _advance_idle(self, round_: Round) -> None:
        """Move the event time of partitions that had no record for long at the pace of the clock.

        An idle partition is moved once per ``idle_after``, as each move is a changelog record.
        """
        now = time.monotonic()
        for partition in self._partitions.owned:
            idle = now - max(partition.last_read_at, partition.last_advanced_at)
            if idle < self._idle_after or partition.idle_from == float("-inf"):
                continue
            partition.last_advanced_at = now
            silent = now - partition.last_read_at
            output = partition.processor.advance(
                partition.idle_from + silent, partition.idle_clock + silent
            )
            partition.stage(output.states)
            round_.take_in(partition.number, output, self._names)

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

        A topic is awaited for at most `PATIENCE`, and again only after it has brought something.
        """
        awaited = []
        now = time.monotonic()
        for topic, next_offset in inbox.empty_topics():
            end = self._positions.end(topic, inbox.partition)
            if next_offset is None:
                next_offset = self._positions.fetched(topic, inbox.partition)
            place = topic, inbox.partition
            if end is not None and next_offset is not None and next_offset >= end:
                self._held_since.pop(place, None)
            elif now - self._held_since.setdefault(place, now) < PATIENCE and not self._inbox.full:
                awaited.append(topic)
        return awaited
