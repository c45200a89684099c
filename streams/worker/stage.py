"""The customer stage: from waiting records to acknowledged offsets, in the order of law 3.

A *round* takes what waits (up to ``batch_size`` records), lets the processors decide, and then

1. sends the outputs, and waits until they are acknowledged;
2. sends the states to the changelog, and waits;
3. writes the states to the store;
4. acknowledges the source offsets.

Steps 2 to 4 of a round share the request of step 1 of the next one, so a round costs one round
trip, and nobody waits for a changelog; when no round follows, they go alone after `LINGER`. The
order holds all the same: the changelog of a round is sent only after its outputs were
acknowledged, and rounds follow each other. With `Transactions` steps 1, 2 and 4 of a round are one.
Meanwhile `Partition` holds the states that the store
lacks. If the worker dies in between, the records are read again and change nothing.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from streams.metrics import Metrics
from streams.worker.deciding import Decider
from streams.worker.failpoints import Reach
from streams.worker.inbox import Inbox
from streams.worker.lease import LeaseLostError
from streams.worker.outbox import Outbox, Parcel, Place
from streams.worker.partitions import Partitions
from streams.worker.rounds import Names, Round
from streams.worker.transactions import FencedError, Transactions

log = logging.getLogger(__name__)

LINGER = 0.02
"""Seconds that the changelog of a round waits for a next round to go with."""

TURNS = 10
"""Turns of the event loop that the producer gets to put its requests on the wire, before the next
round is decided on: so the broker works meanwhile. It needs about six."""

PAUSE = 0.002
"""Seconds between two looks at records that wait for a sibling topic."""


class CustomerStage:
    """Runs the rounds. `open` after a recovery, `close` before partitions may be lost."""

    def __init__(
        self,
        inbox: Inbox,
        decider: Decider,
        *,
        names: Names,
        partitions: Partitions,
        outbox: Outbox,
        metrics: Metrics,
        reach: Reach,
        batch_size: int,
        batch_wait: float,
        idle_after: float,
        transactions: Transactions | None = None,
        rejoin: Callable[[], None] = lambda: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """``rejoin`` asks the group for partitions anew, after the broker has refused to write."""
        self._inbox = inbox
        self._decider = decider
        self._names = names
        self._partitions = partitions
        self._outbox = outbox
        self._metrics = metrics
        self._reach = reach
        self._transactions = transactions
        self._rejoin = rejoin
        self._batch_size = batch_size
        self._batch_wait = batch_wait
        self._idle_after = idle_after
        self._wall = wall
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._opened = asyncio.Event()
        self._turn = asyncio.Lock()
        self._ahead: Round | None = None
        """Decided while the round before it was being sent."""
        self._under_way: Round | None = None
        """Its outputs are acknowledged, its changelog is not sent yet."""
        self._flush_at = 0.0
        self._ended_at = 0.0
        self.done: dict[Place, int] = {}
        """Offset behind the last acknowledged record, by partition of an input topic."""
        self.acknowledged = 0
        """Composites acknowledged since the start."""

    async def read(self, stream: Any) -> None:
        """Move composite events from Faust's stream to the inbox, as long as there is room."""
        async for event in stream.noack().events():
            while self._opened.is_set() and self._inbox.full:
                self._room.clear()
                await self._room.wait()
            if self._opened.is_set():
                self._inbox.add(event)
                self._arrived.set()

    async def run(self) -> None:
        """Do rounds for ever. Raises what keeps a round from being completed."""
        while True:
            await self._opened.wait()
            await self._wait_for_work()
            async with self._turn:
                if not self._opened.is_set():
                    continue
                try:
                    await self._cycle(taking=True)
                except LeaseLostError as lost:
                    self._drop(lost)
                except BaseException:
                    if self._under_way is not None:
                        await self._flush(self._under_way)
                    raise

    def open(self) -> None:
        """Begin with the partitions that `Partitions` owns now."""
        self._inbox.clear()
        self._decider.forget()
        self.done.clear()
        self._opened.set()

    async def close(self) -> None:
        """Finish what is under way, drop what waits, and take nothing more until `open`."""
        async with self._turn:
            try:
                while self._opened.is_set() and (self._ahead or self._under_way):
                    await self._cycle(taking=False)
            except LeaseLostError as lost:
                self._drop(lost)
            self.abandon()

    def abandon(self) -> None:
        """Take nothing more, without waiting for what is under way."""
        self._opened.clear()
        self._inbox.clear()
        self._room.set()
        self._arrived.set()

    def _drop(self, lost: LeaseLostError) -> None:
        """Forget what was decided and not written; whoever has the partitions decides anew."""
        log.warning("Dropping the batch under way: %s", lost)
        self._ahead = self._under_way = None
        self._partitions.forget()
        self.abandon()
        if isinstance(lost, FencedError):
            self._rejoin()

    async def _wait_for_work(self) -> None:
        """Return when there is something to do, and rounds are not too close to each other."""
        if self._ahead is not None or self._decider.is_busy:
            return
        if not self._inbox.size:
            self._arrived.clear()
            timeout = self._idle_after or None
            if self._under_way is not None:
                timeout = self._flush_at - time.monotonic()
            try:
                await asyncio.wait_for(self._arrived.wait(), timeout)
            except TimeoutError:
                return
        rest = self._ended_at + self._batch_wait - time.monotonic()
        await asyncio.sleep(rest if rest > 0 and self._inbox.size < self._batch_size else 0)

    async def _cycle(self, *, taking: bool) -> None:
        """Decide on what waits; send its outputs together with the changelog of the last round."""
        new, self._ahead = self._ahead, None
        if new is None and taking:
            new = self._decide()
        if new is not None:
            self._reach("before-outputs")
            if new.outputs:
                await self._exchange(new, taking=taking)
            else:
                self._reach("after-outputs")
                self._put_under_way(new)
        due = time.monotonic() >= self._flush_at or not taking
        if self._under_way is not None and (due or len(self._under_way.times) > self._batch_size):
            await self._flush(self._under_way)
        elif new is None and self._inbox.size:
            await asyncio.sleep(PAUSE)
        self._ended_at = time.monotonic()

    def _decide(self) -> Round | None:
        new = self._decider.decide()
        if not self._inbox.full:
            self._room.set()
        return new

    async def _exchange(self, new: Round, *, taking: bool) -> None:
        """Step 1 of a round with steps 2 to 4 of the last one; all of both in a transaction.

        Under load the next round is decided on meanwhile.
        """
        last, self._under_way = self._under_way, None
        if self._transactions is not None:
            last = new if last is None else last.join(new)
        sending = asyncio.create_task(self._send(new.outputs, last))
        try:
            if taking and self._inbox.size >= self._batch_size:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                self._ahead = self._decide()
        finally:
            offsets = await sending
            if last is not None:
                self._settle(last, offsets)
            self._reach("after-outputs")
            if self._transactions is None:
                self._observe_latency(new)
                self._put_under_way(new)

    async def _send(self, outputs: Parcel, done: Round | None) -> Mapping[Place, int]:
        """Send the outputs of a round, and the changelog of ``done``."""
        with self._metrics.timed("send"):
            if done is None:
                return await self._outbox.deliver(outputs)
            if self._transactions is not None:
                return await self._transactions.commit(done.shares(self._names))
            return await self._outbox.deliver(outputs, done.changelog(self._names.changelog))

    def _put_under_way(self, new: Round) -> None:
        if self._under_way is None:
            self._under_way = new
            self._flush_at = time.monotonic() + LINGER
        else:
            self._under_way = self._under_way.join(new)

    async def _flush(self, last: Round) -> None:
        """Steps 2 to 4 of a round, without a next one."""
        with self._metrics.timed("changelog"):
            if self._transactions is not None:
                offsets = await self._transactions.commit(last.shares(self._names))
            else:
                offsets = await self._outbox.deliver(last.changelog(self._names.changelog))
        self._under_way = None
        self._settle(last, offsets)

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

        Without outputs that is so once the states are.
        """
        self._metrics.observe_latency((at / 1000 for at in done.times), self._wall())
        done.times.clear()
