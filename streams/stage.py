"""The customer stage: from waiting records to acknowledged offsets, in the order of law 3.

A *round* takes what waits (up to ``batch_size`` records), lets the processors decide, and then

1. sends the outputs, and waits until they are acknowledged;
2. sends the states to the changelog, and waits;
3. writes the states to the store;
4. acknowledges the source offsets.

Steps 2 to 4 of a round share the request of step 1 of the next one, so a round costs one round
trip. The order holds all the same: the changelog of a round is sent only after its outputs were
acknowledged, and rounds follow each other. Meanwhile `Partition` holds the states that the store
lacks. If the worker dies in between, the records are read again and change nothing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from detectors.effects import Output, Record
from schemas.codec import Decoded, Rejected
from streams.dead_letters import DeadLetterGuard
from streams.failpoints import Reach
from streams.inbox import Inbox, PartitionInbox, RawRecord
from streams.metrics import Metrics
from streams.outbox import Outbox, Parcel, Place
from streams.partitions import Partitions
from streams.positions import Positions

PATIENCE = 0.25
"""Seconds that a partition waits for a topic that has more on the broker but nothing here."""

ENOUGH = 40
"""The inbox pauses the reader when it holds so many full rounds."""


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
class Names:
    """Names of topics on the cluster, and where a message on a logical topic goes."""

    inputs: Mapping[str, str]
    """Name on the cluster → logical name, of the input topics."""
    physical: Mapping[str, str]
    single: frozenset[str]
    """Logical topics of one partition."""
    changelog: str

    def place(self, topic: str, partition: int) -> Place:
        """Where a message of ``partition`` on the logical ``topic`` goes."""
        return self.physical[topic], 0 if topic in self.single else partition


@dataclass(slots=True)
class Round:
    """What was decided in one round and is on its way."""

    outputs: Parcel = field(default_factory=Parcel)
    states: dict[int, dict[bytes, bytes | None]] = field(default_factory=dict)
    results: list[tuple[int, Output]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    """Kafka timestamps (ms) of the records."""

    def join(self, later: "Round") -> None:
        """Take in a later round that has no outputs: its states follow ours."""
        for partition, states in later.states.items():
            self.states.setdefault(partition, {}).update(states)
        self.results += later.results
        self.events += later.events
        self.times += later.times

    def changelog(self, topic: str) -> Parcel:
        """The states as records of the changelog."""
        return Parcel(
            {(topic, number): list(states.items()) for number, states in self.states.items()}
        )


class CustomerStage:
    """Runs the rounds. `open` after a recovery, `close` before partitions may be lost."""

    def __init__(
        self,
        *,
        names: Names,
        partitions: Partitions,
        outbox: Outbox,
        decode: Decode,
        guard: DeadLetterGuard,
        metrics: Metrics,
        positions: Positions,
        reach: Reach,
        batch_size: int,
        batch_wait: float,
        idle_after: float,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._names = names
        self._partitions = partitions
        self._outbox = outbox
        self._decode = decode
        self._guard = guard
        self._metrics = metrics
        self._positions = positions
        self._reach = reach
        self._batch_size = batch_size
        self._batch_wait = batch_wait
        self._idle_after = idle_after
        self._wall = wall
        self._inbox = Inbox(tuple(names.inputs), ENOUGH * batch_size)
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._turn = asyncio.Lock()
        self._is_open = False
        self._ahead: Round | None = None
        """Decided while the round before it was being sent."""
        self._under_way: Round | None = None
        """Its outputs are acknowledged, its changelog is not sent yet."""
        self._held_since: dict[tuple[str, int], float] = {}
        self.done: dict[Place, int] = {}
        """Offset behind the last acknowledged record, by partition of an input topic."""
        self.acknowledged = 0
        """Composites acknowledged since the start."""

    async def read(self, stream: Any) -> None:
        """Move composite events from Faust's stream to the inbox, as long as there is room."""
        async for event in stream.noack().events():
            while self._is_open and self._inbox.full:
                self._room.clear()
                await self._room.wait()
            if self._is_open:
                self._inbox.add(event)
                self._arrived.set()

    async def run(self) -> None:
        """Do rounds for ever. Raises what keeps a round from being completed."""
        while True:
            await self._wait_for_work()
            async with self._turn:
                if not self._is_open:
                    continue
                try:
                    await self._cycle(taking=True)
                except BaseException:
                    if self._under_way is not None:
                        await self._flush(self._under_way)
                    raise

    def open(self) -> None:
        """Begin with the partitions that `Partitions` owns now."""
        self._inbox.clear()
        self._held_since.clear()
        self.done.clear()
        self._is_open = True

    async def close(self) -> None:
        """Finish what is under way, drop what waits, and take nothing more until `open`."""
        async with self._turn:
            while self._is_open and (self._ahead or self._under_way):
                await self._cycle(taking=False)
            self._is_open = False
            self._inbox.clear()
            self._room.set()

    def abandon(self) -> None:
        """Take nothing more, without waiting for what is under way."""
        self._is_open = False
        self._room.set()

    async def _wait_for_work(self) -> None:
        if self._ahead is not None:
            return
        if self._under_way is not None or self._inbox.size:
            if not self._inbox.size:
                return
            if self._inbox.size < self._batch_size and self._batch_wait:
                await asyncio.sleep(self._batch_wait)
            else:
                await asyncio.sleep(0)
            return
        self._arrived.clear()
        timeout = self._idle_after or None
        try:
            await asyncio.wait_for(self._arrived.wait(), timeout)
        except TimeoutError:
            return
        if self._batch_wait:
            await asyncio.sleep(self._batch_wait)

    async def _cycle(self, *, taking: bool) -> None:
        """Decide on what waits; send its outputs together with the changelog of the last round.

        Under load the next round is decided on meanwhile.
        """
        new, self._ahead = self._ahead, None
        if new is None and taking:
            new = self._decide()
        if new is None:
            if self._under_way is not None:
                await self._flush(self._under_way)
            elif self._inbox.size:
                await asyncio.sleep(self._batch_wait or 0.001)
            return
        self._reach("before-outputs")
        last = self._under_way
        if not new.outputs:
            if last is not None:
                last.join(new)
            await self._flush(last or new)
            return
        changelog = Parcel() if last is None else last.changelog(self._names.changelog)
        sending = asyncio.create_task(self._send(new.outputs, changelog))
        await asyncio.sleep(0)
        try:
            if taking and self._inbox.size >= self._batch_size:
                self._ahead = self._decide()
        finally:
            offsets = await sending
            if last is not None:
                self._settle(last, offsets)
            self._reach("after-outputs")
            self._observe_latency(new)
            self._under_way = new

    async def _send(self, outputs: Parcel, changelog: Parcel) -> Mapping[Place, int]:
        with self._metrics.timed("send"):
            return await self._outbox.deliver(outputs, changelog)

    async def _flush(self, last: Round) -> None:
        """Steps 2 to 4 of a round, without a next one."""
        with self._metrics.timed("changelog"):
            offsets = await self._outbox.deliver(last.changelog(self._names.changelog))
        self._settle(last, offsets)
        self._under_way = None

    def _settle(self, last: Round, offsets: Mapping[Place, int]) -> None:
        """The changelog of a round is acknowledged: store, source offsets, book-keeping."""
        self._reach("after-changelog")
        with self._metrics.timed("store"):
            for number, states in last.states.items():
                offset = offsets[self._names.changelog, number]
                self._partitions[number].settle(states, offset)
        self._reach("after-store")
        for event in last.events:
            event.ack()
            message = event.message
            self.done[message.topic, message.partition] = message.offset + 1
        self._reach("after-acks")
        self._observe_latency(last)
        self.acknowledged += len(last.events)
        for number, output in last.results:
            self._metrics.observe_output(number, output)
        if last.events:
            self._metrics.progressed()

    def _observe_latency(self, done: Round) -> None:
        """All that the records of a round cause for others is acknowledged: note how long it took.

        Without outputs that is so once the states are."""
        self._metrics.observe_latency((at / 1000 for at in done.times), self._wall())
        done.times.clear()

    def _decide(self) -> Round | None:
        """Take records and let the processors decide; None when there is nothing to do."""
        taken = self._inbox.take(self._batch_size, self._awaited)
        if not self._inbox.full:
            self._room.set()
        round_ = Round()
        for number, part in taken.items():
            partition = self._partitions[number]
            with self._metrics.timed("decode"):
                records = [self._record(raw) for raw in part.records]
            with self._metrics.timed("process"):
                output = partition.processor.process(records)
            partition.last_read_at = time.monotonic()
            partition.idle_from = partition.processor.watermark
            round_.events += part.finished
            round_.times += [raw.timestamp for raw in part.records]
            self._take_in(round_, number, output)
        if taken:
            self._metrics.observe_batch(len(round_.times))
        self._advance_idle(round_)
        return round_ if round_.results else None

    def _take_in(self, round_: Round, number: int, output: Output) -> None:
        self._guard.admit(number, output)
        self._partitions[number].stage(output.states)
        round_.results.append((number, output))
        if output.states:
            round_.states.setdefault(number, {}).update(output.states)
        for message in output.messages:
            place = self._names.place(message.topic, number)
            round_.outputs.add(place, message.key, message.value)

    def _advance_idle(self, round_: Round) -> None:
        """Move the event time of partitions that had no record for long at the pace of the clock.

        An idle partition is moved once per ``idle_after``, as each move is a changelog record.
        """
        if not self._idle_after:
            return
        now = time.monotonic()
        for partition in self._partitions.owned:
            idle = now - max(partition.last_read_at, partition.last_advanced_at)
            if idle < self._idle_after or partition.idle_from == float("-inf"):
                continue
            partition.last_advanced_at = now
            silent = now - partition.last_read_at
            output = partition.processor.advance(partition.idle_from + silent)
            self._take_in(round_, partition.number, output)

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
