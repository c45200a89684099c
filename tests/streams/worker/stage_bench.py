"""A customer stage with everything around it, and a journal of what it does."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from detectors.effects import Message, Output, Record
from schemas.codec import Decoded
from streams.metrics import Metrics
from streams.worker.dead_letters import DeadLetterGuard
from streams.worker.deciding import Decider
from streams.worker.inbox import Inbox
from streams.worker.lease import LeaseLostError
from streams.worker.outbox import Parcel, Place, SendError
from streams.worker.partitions import Partitions, Published, Read
from streams.worker.rounds import Names
from streams.worker.stage import CustomerStage
from streams.worker.transactions import Share

NAMES = Names(
    inputs={"p.interactions": "interactions"},
    physical={"churn-risk": "p.churn-risk", "training-examples": "p.training-examples"},
    single=frozenset({"training-examples"}),
    changelog="changelog",
)
Journal = list[tuple[str, Any]]


@dataclass
class Raw:
    """A fetched record."""

    offset: int
    value: bytes
    partition: int = 0
    topic: str = "p.interactions"
    timestamp: int = 1000
    key: bytes = b"c"
    headers: tuple[()] = ()


@dataclass
class Delivered:
    """A composite event that notes when it is acknowledged."""

    journal: Journal
    value: list[Raw]

    @property
    def message(self) -> Raw:
        """Where it comes from: the place of its last record."""
        return self.value[-1]

    def ack(self) -> None:
        """Note the acknowledgement."""
        self.journal.append(("ack", self.message.offset))


class Tally:
    """A processor that counts records per key and sends a message for each odd one.

    Before a record ``due`` much is due: it does that in two parts.
    """

    watermark = 0.0
    clock = 0.0

    def __init__(self, read: Read) -> None:
        self._read = read

    def restore(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Nothing is kept."""

    def install(self, published: Published) -> None:
        """Nothing is used."""

    def process_in_parts(self, batch: Sequence[Record]) -> Iterator[Output]:
        """Count."""
        output = Output()
        for record in batch:
            if record.value == b"due":
                for _ in range(2):
                    done = int(output.states.get(b"due") or self._read(b"due") or b"0") + 1
                    output.states[b"due"] = b"%d" % done
                    output.more = True
                    yield output
                    output = Output()
            key = record.key or b""
            count = int(output.states.get(key) or self._read(key) or b"0") + 1
            output.states[key] = b"%d" % count
            dead = record.value == b"dead"
            output.account("interactions", "dead_lettered" if dead else "applied")
            if record.offset % 2 and not dead:
                output.messages.append(Message("churn-risk", key, b"%d" % record.offset))
        yield output

    def advance_in_parts(self, watermark: float, clock: float) -> Iterator[Output]:
        """Say so."""
        output = Output(watermark=watermark)
        output.states[b"advanced"] = b"%d" % watermark
        yield output


@dataclass
class Shelf:
    """A store that notes what is written."""

    journal: Journal
    held: dict[bytes, bytes | None] = field(default_factory=dict)
    rewritten: set[int] = field(default_factory=set)

    def read(self, partition: int, key: bytes) -> bytes | None:
        """See `StateStore`."""
        return self.held.get(key)

    def write(self, partition: int, states: Mapping[bytes, bytes | None], offset: int) -> None:
        """See `StateStore`."""
        self.held.update(states)
        self.journal.append(("store", dict(states)))

    def partition_items(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """See `StateStore`."""
        return ()

    def partition_size(self, partition: int) -> tuple[int, int]:
        """See `StateStore`."""
        return 0, 0


class SlowBroker:
    """An outbox that takes a random while, and notes what it acknowledges.

    What goes to one place is acknowledged in its order, as one producer sees to.
    """

    def __init__(self, journal: Journal, seed: int) -> None:
        self._journal = journal
        self._random = random.Random(seed)
        self._offset = -1
        self.lost = False
        """Whether the partitions went to another worker."""
        self.refused = -1
        """Which delivery is refused, counted from 0, and how."""
        self.refusal: Exception = SendError("refused")
        self._deliveries = 0
        self.least = 0
        """Turns of the event loop that an acknowledgement takes at least."""
        self._queues: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def deliver(self, *parcels: Parcel) -> dict[Place, int]:
        """See `Outbox`."""
        if self.lost:
            raise LeaseLostError
        sent = {place: list(pairs) for p in parcels for place, pairs in p.places.items()}
        for (topic, _), pairs in sent.items():
            self._journal.append((f"send {topic}", pairs))
        number, self._deliveries = self._deliveries, self._deliveries + 1
        async with AsyncExitStack() as queues:
            for place in sorted(sent):
                await queues.enter_async_context(self._queues[place])
            for _ in range(self.least + self._random.randrange(12)):
                await asyncio.sleep(0)
            if number == self.refused:
                raise self.refusal
            offsets = {}
            for (topic, partition), pairs in sent.items():
                self._offset += len(pairs)
                offsets[topic, partition] = self._offset
                self._journal.append((f"acked {topic}", pairs))
        return offsets


class TransactingBroker(SlowBroker):
    """Transactions that take a random while, each noted as outputs, last count and offset."""

    async def commit(self, shares: Mapping[int, Share]) -> dict[Place, int]:
        """See `Transactions`."""
        for share in shares.values():
            places = share.parcel.places
            outputs = [int(value or b"") for _, value in places.get(("p.churn-risk", 0), [])]
            (count,) = [int(value or b"") for _, value in places["changelog", 0]]
            self._journal.append(("transaction", (outputs, count, *share.offsets.values())))
        return await super().deliver(*(share.parcel for share in shares.values()))


class NoPositions:
    """A consumer that knows of no more records."""

    def end(self, topic: str, partition: int) -> int:
        """The end."""
        return 0

    def fetched(self, topic: str, partition: int) -> int:
        """How far it has come."""
        return 0


class Bench:
    """A stage on one partition with everything around it noted in `journal`."""

    def __init__(
        self,
        seed: int = 0,
        batch_size: int = 5,
        window: int = 1000,
        idle_after: float = 0.0,
        *,
        exactly_once: bool = False,
    ) -> None:
        self.journal: Journal = []
        self.shelf = Shelf(self.journal)
        metrics = Metrics()
        self.partitions = Partitions(lambda _, read: Tally(read))
        self.partitions.assign({0}, (), self.shelf, [])
        self.inbox = Inbox(tuple(NAMES.inputs), 1000)
        decider = Decider(
            self.inbox,
            names=NAMES,
            partitions=self.partitions,
            decode=lambda *_, **__: Decoded(payload=None, event_id="", occurred_at=0.0),  # type: ignore[arg-type]
            guard=DeadLetterGuard(0.5, window),
            metrics=metrics,
            positions=NoPositions(),  # type: ignore[arg-type]
            batch_size=batch_size,
            idle_after=idle_after,
        )
        self.broker = TransactingBroker(self.journal, seed)
        self.stage = CustomerStage(
            self.inbox,
            decider,
            names=NAMES,
            partitions=self.partitions,
            outbox=self.broker,  # type: ignore[arg-type]
            metrics=metrics,
            reach=lambda place: self.journal.append(("place", place)),
            batch_size=batch_size,
            batch_wait=0.0,
            idle_after=idle_after,
            transactions=self.broker if exactly_once else None,  # type: ignore[arg-type]
        )
        self.stage.open()
        self._offset = 0

    def arrive(self, *values: bytes) -> None:
        """A fetch brings records."""
        begin, self._offset = self._offset, self._offset + len(values)
        raws = [Raw(begin + i, value) for i, value in enumerate(values)]
        self.inbox.add(Delivered(self.journal, raws))
        self.stage._wake.set()

    async def run_through(self, sizes: list[int], seed: int, due: Collection[int] = ()) -> None:
        """Fetches of these sizes come at moments of chance; end when all are acknowledged.

        Much is due before the records at the offsets in ``due``.
        """
        running = asyncio.create_task(self.stage.run())
        waits = random.Random(seed)
        for size in sizes:
            offsets = range(self._offset, self._offset + size)
            self.arrive(*[b"due" if offset in due else b"x" for offset in offsets])
            for _ in range(waits.randrange(6)):
                await asyncio.sleep(0)
        while len(self.of("ack")) < len(sizes):
            await asyncio.sleep(0)
        await self.stage.close()
        running.cancel()

    async def round(self) -> None:
        """One look at what is to do, and all that it sends is acknowledged."""
        self.stage._cycle(taking=True)
        while not all(task.done() for task in self.under_way):
            await asyncio.sleep(0)

    @property
    def under_way(self) -> list[asyncio.Task[Mapping[Place, int]]]:
        """What has been sent, and not been looked at since."""
        writing = [self.stage._writing] if self.stage._writing else []
        return [task for _, task in (*self.stage._sending, *writing)]

    def of(self, kind: str) -> list[Any]:
        """What the journal says of one kind, in order."""
        return [what for found, what in self.journal if found == kind]
