"""The customer stage: from waiting records to acknowledged offsets, in the order of law 3.

A *round* takes what waits (up to ``batch_size`` records), lets the processors decide, and then

1. sends the outputs, and waits until they are acknowledged;
2. sends the states to the changelog, and waits;
3. writes the states to the store;
4. acknowledges the source offsets.

A round need not wait for another's acknowledgements: while up to `AHEAD` rounds are at step 1, a
full one, or `FEW` records, may follow; and rounds that have come to step 2 take it together, one
changelog write after the other, in the request of the next outputs or alone after `LINGER`. The
order holds all the same: the changelog of a round is sent only after its outputs were
acknowledged, and rounds follow each other. With `Transactions` steps 1, 2 and 4 are one. Meanwhile
`Partition` holds the states that the store lacks. If the worker dies in between, the records are
read again and change nothing.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from streams.metrics import Metrics
from streams.worker.deciding import Decider
from streams.worker.failpoints import Reach
from streams.worker.inbox import Inbox
from streams.worker.lease import LeaseLostError
from streams.worker.outbox import Outbox, Place
from streams.worker.partitions import Partitions
from streams.worker.rounds import Names, Round
from streams.worker.transactions import FencedError, Transactions

log = logging.getLogger(__name__)

Offsets = Mapping[Place, int]
"""The last offset of every place that was written."""

LINGER = 0.02
"""Seconds that the changelog of a round waits for a next round to go with."""

AHEAD = 4
"""Rounds whose outputs may be on their way at the same time."""

FEW = 2
"""So many records go ahead; more wait for the round before, unless they fill one: larger rounds
cost less."""

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
        self._wake = asyncio.Event()
        """Set when there may be something to do."""
        self._room = asyncio.Event()
        self._opened = asyncio.Event()
        self._turn = asyncio.Lock()
        self._sending: deque[tuple[Round, asyncio.Task[Offsets]]] = deque()
        """Rounds whose outputs are on their way, the oldest first."""
        self._under_way: Round | None = None
        """Rounds whose outputs are acknowledged, as one; their changelog is not sent yet."""
        self._writing: tuple[Round, asyncio.Task[Offsets]] | None = None
        """Those whose changelog is on its way."""
        self._flush_at = 0.0
        self._began_at = 0.0
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
                self._wake.set()

    async def run(self) -> None:
        """Do rounds for ever. Raises what keeps a round from being completed."""
        while True:
            await self._opened.wait()
            await self._wait_for_work()
            async with self._turn:
                if not self._opened.is_set():
                    continue
                try:
                    self._cycle(taking=True)
                except LeaseLostError as lost:
                    self._drop(lost)
                except BaseException:
                    await self._finish()
                    raise

    def open(self) -> None:
        """Begin with the partitions that `Partitions` owns now."""
        self._inbox.clear()
        self._decider.forget()
        self._forget()
        self.done.clear()
        self._opened.set()

    async def close(self) -> None:
        """Finish what is under way, drop what waits, and take nothing more until `open`."""
        async with self._turn:
            try:
                await self._finish()
            except LeaseLostError as lost:
                self._drop(lost)
            self.abandon()

    def abandon(self) -> None:
        """Take nothing more, without waiting for what is under way."""
        self._opened.clear()
        self._inbox.clear()
        self._room.set()
        self._wake.set()

    def _drop(self, lost: LeaseLostError) -> None:
        """Forget what was decided and not written; whoever has the partitions decides anew."""
        log.warning("Dropping the batch under way: %s", lost)
        self._forget()
        self._partitions.forget()
        self.abandon()
        if isinstance(lost, FencedError):
            self._rejoin()

    def _forget(self) -> None:
        """Go on with nothing that is on its way."""
        self._forget_outputs()
        if self._writing is not None:
            self._writing[1].cancel()
        self._under_way = self._writing = None

    def _forget_outputs(self) -> None:
        for _, task in self._sending:
            task.cancel()
        self._sending.clear()

    async def _finish(self) -> None:
        """Complete what was decided, and decide on nothing more."""
        while self._opened.is_set() and (self._sending or self._under_way or self._writing):
            self._cycle(taking=False)
            tasks = [task for _, task in self._sending]
            tasks += [self._writing[1]] if self._writing else []
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _wait_for_work(self) -> None:
        """Return when there is something to do, and rounds are not too close to each other."""
        if self._wake.is_set():
            for _ in range(TURNS):
                await asyncio.sleep(0)
        else:
            timeout = self._timeout()
            loop = asyncio.get_running_loop()
            timer = None if timeout is None else loop.call_later(timeout, self._wake.set)
            await self._wake.wait()
            if timer is not None:
                timer.cancel()
        self._wake.clear()
        rest = self._began_at + self._batch_wait - time.monotonic()
        if rest > 0 and 0 < self._inbox.size < self._batch_size:
            await asyncio.sleep(rest)

    def _timeout(self) -> float | None:
        """Seconds until there is something to do without any news; None for never."""
        if self._inbox.size and self._has_room:
            return PAUSE
        if self._under_way is not None and self._writing is None:
            return self._flush_at - time.monotonic()
        return self._idle_after or None

    @property
    def _has_room(self) -> bool:
        """Whether another round may be decided on, while others are on their way."""
        if self._writing and self._under_way and self._under_way.size > self._batch_size:
            return False
        goes_ahead = self._inbox.size <= FEW or self._inbox.size >= self._batch_size
        return not self._sending or (len(self._sending) < AHEAD and goes_ahead)

    def _cycle(self, *, taking: bool) -> None:
        """See what has been acknowledged, decide on what waits, and send what may be sent."""
        self._collect()
        new = self._decide() if taking and self._has_room else None
        if new is not None:
            self._launch(new)
        under_way = self._under_way
        if under_way is not None and self._writing is None:
            due = time.monotonic() >= self._flush_at or under_way.size > self._batch_size
            if due or not taking or (new is not None and new.outputs):
                self._writing = under_way, self._begin(self._write(under_way))
                self._under_way = None
        more = self._decider.is_busy or (new is not None and self._inbox.size > 0)
        if more and self._has_room:
            self._wake.set()

    def _decide(self) -> Round | None:
        new = self._decider.decide()
        if not self._inbox.full:
            self._room.set()
        return new

    def _launch(self, new: Round) -> None:
        """Step 1 of a round; with transactions, put it to what goes into the next one."""
        self._began_at = time.monotonic()
        self._reach("before-outputs")
        if self._transactions is not None:
            self._put_under_way(new)
            if new.outputs:
                self._flush_at = 0.0
        elif new.outputs or self._sending:
            self._sending.append((new, self._begin(self._send(new))))
        else:
            self._reach("after-outputs")
            self._put_under_way(new)

    def _begin(self, sending: Coroutine[Any, Any, Offsets]) -> asyncio.Task[Offsets]:
        """Send meanwhile; `_collect` looks at how it ended, if anybody still wants to know."""

        def landed(task: asyncio.Task[Offsets]) -> None:
            self._wake.set()
            if not task.cancelled():
                task.exception()

        task = asyncio.create_task(sending)
        task.add_done_callback(landed)
        return task

    def _collect(self) -> None:
        """Go on with what was acknowledged. After a failure, drop all that rests on it."""
        if self._writing is not None and self._writing[1].done():
            (done, written), self._writing = self._writing, None
            try:
                self._settle(done, written.result())
            except BaseException:
                self._forget()
                raise
        while self._sending and self._sending[0][1].done():
            done, sent = self._sending.popleft()
            try:
                sent.result()
            except BaseException:
                self._forget_outputs()
                raise
            self._reach("after-outputs")
            self._observe_latency(done)
            self._put_under_way(done)

    async def _send(self, new: Round) -> Offsets:
        """Step 1 of a round."""
        with self._metrics.timed("send"):
            return await self._outbox.deliver(new.outputs)

    async def _write(self, done: Round) -> Offsets:
        """Step 2; with transactions steps 1, 2 and 4."""
        with self._metrics.timed("changelog"):
            if self._transactions is None:
                return await self._outbox.deliver(done.changelog(self._names.changelog))
            return await self._transactions.commit(done.shares(self._names))

    def _put_under_way(self, new: Round) -> None:
        if self._under_way is None:
            self._under_way = new
            self._flush_at = time.monotonic() + LINGER
        else:
            self._under_way = self._under_way.join(new)

    def _settle(self, last: Round, offsets: Mapping[Place, int]) -> None:
        """Steps 3 and 4: the changelog of a round is acknowledged."""
        if self._transactions is not None:
            self._reach("after-outputs")
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
