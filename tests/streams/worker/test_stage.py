"""The customer stage: the order of its writes, whatever arrives and however long sending takes."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.effects import Message, Output, Record
from schemas.codec import Decoded
from streams.metrics import Metrics
from streams.worker.dead_letters import DeadLetterGuard, TooManyDeadLettersError
from streams.worker.deciding import Decider
from streams.worker.inbox import Inbox
from streams.worker.lease import LeaseLostError
from streams.worker.outbox import Parcel, Place, SendError
from streams.worker.partitions import Partitions, Published, Read
from streams.worker.rounds import Names
from streams.worker.stage import AHEAD, FEW, CustomerStage
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
        """Which delivery is refused, counted from 0."""
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
                raise SendError("refused")
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


def check_law_3(journal: Journal) -> None:
    """No step of a record came before the one that must be done first."""
    outputs: set[int] = set()
    sent = kept = stored = 0
    for kind, what in journal:
        match kind:
            case "acked p.churn-risk":
                outputs |= {int(value) for _, value in what}
            case "send changelog":
                sent = max(sent, int(dict(what).get(b"c", 0)))
                assert outputs >= set(range(1, sent, 2)), "outputs are acknowledged first"
            case "acked changelog":
                kept = max(kept, int(dict(what).get(b"c", 0)))
            case "store":
                stored = max(stored, int(what.get(b"c", 0)))
                assert stored <= kept, "the changelog is acknowledged first"
            case "ack":
                assert what < stored, "the store is written first"


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch_size=st.integers(1, 7),
    seed=st.integers(0, 1000),
    due=st.sets(st.integers(0, 40), max_size=4),
)
def test_law_3_outputs_before_changelog_before_store_before_offsets(
    sizes: list[int], batch_size: int, seed: int, due: set[int]
) -> None:
    bench = Bench(seed, batch_size)
    asyncio.run(bench.run_through(sizes, seed, due))
    total = sum(sizes)
    ends = [sum(sizes[: i + 1]) - 1 for i in range(len(sizes))]
    assert bench.of("ack") == ends, "each composite once, in order"
    assert bench.shelf.held.pop(b"c") == b"%d" % total, "every record once"
    parts = 2 * sum(offset < total for offset in due)
    assert bench.shelf.held == ({b"due": b"%d" % parts} if parts else {}), "every part once"
    sent = [pair for pairs in bench.of("acked p.churn-risk") for pair in pairs]
    assert sent == [(b"c", b"%d" % offset) for offset in range(1, total, 2)]
    check_law_3(bench.journal)


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch_size=st.integers(1, 7),
    seed=st.integers(0, 1000),
    refused=st.integers(0, 12),
)
def test_law_3_after_a_refusal_nothing_is_written_that_rests_on_it(
    sizes: list[int], batch_size: int, seed: int, refused: int
) -> None:
    bench = Bench(seed, batch_size)
    bench.broker.refused = refused

    async def work() -> None:
        for size in sizes:
            bench.arrive(*[b"x"] * size)
        running = asyncio.create_task(bench.stage.run())
        while len(bench.of("ack")) < len(sizes) and not running.done():
            await asyncio.sleep(0)
        if running.done():
            with pytest.raises(SendError):
                await running
        running.cancel()

    asyncio.run(work())
    check_law_3(bench.journal)


def test_the_next_round_does_not_wait_for_the_acknowledgements_of_the_last() -> None:
    bench = Bench(batch_size=2)

    async def work() -> None:
        bench.broker.least = 1
        bench.arrive(*[b"x"] * 12)
        for _ in range(6):
            bench.stage._cycle(taking=True)
        await asyncio.sleep(0)
        assert len(bench.of("send p.churn-risk")) == AHEAD
        assert not bench.of("acked p.churn-risk")
        await bench.stage.close()

    asyncio.run(work())
    assert bench.shelf.held == {b"c": b"%d" % (2 * AHEAD)}
    check_law_3(bench.journal)


@pytest.mark.parametrize(
    ("waiting", "goes"), [(FEW, True), (FEW + 1, False), (19, False), (20, True)]
)
def test_while_a_round_is_on_its_way_a_few_records_follow_or_a_full_round(
    waiting: int, goes: bool
) -> None:
    bench = Bench(batch_size=20)

    async def work() -> None:
        bench.broker.least = 1
        bench.arrive(b"x", b"x")
        bench.stage._cycle(taking=True)
        bench.arrive(*[b"x"] * waiting)
        bench.stage._cycle(taking=True)
        assert (bench.inbox.size == 0) == goes
        await bench.round()
        await bench.round()
        assert bench.inbox.size == 0
        await bench.stage.close()

    asyncio.run(work())
    assert bench.shelf.held == {b"c": b"%d" % (2 + waiting)}


def test_one_request_carries_outputs_and_the_changelog_of_the_round_before() -> None:
    bench = Bench(batch_size=2)

    async def work() -> None:
        bench.arrive(*[b"x"] * 6)
        for _ in range(3):
            await bench.round()
            bench.journal.append(("round", None))

    asyncio.run(work())
    kinds = " ".join(kind.removesuffix(" p.churn-risk") for kind, _ in bench.journal)
    sent = [part.count("send") for part in kinds.split("round")]
    assert sent == [1, 2, 2, 0], "from the second round on, outputs and a changelog"
    check_law_3(bench.journal)


def test_law_3_records_are_acknowledged_when_all_that_was_due_before_them_is_done() -> None:
    bench = Bench(batch_size=4)

    async def work() -> None:
        bench.arrive(b"x", b"due", b"x")
        bench.arrive(b"x")
        for expected in (b"1", b"2"):
            await bench.round()
            await bench.stage._finish()
            assert bench.shelf.held == {b"c": b"1", b"due": expected}
            assert not bench.of("ack")
        assert bench.inbox.size == 0
        await bench.round()
        await bench.stage.close()

    asyncio.run(work())
    assert bench.of("ack") == [2, 3]
    assert bench.shelf.held == {b"c": b"4", b"due": b"2"}


def test_closing_drops_what_is_done_in_part_and_does_not_go_on_with_it() -> None:
    bench = Bench(batch_size=4)

    async def work() -> None:
        bench.arrive(b"x", b"due", b"x")
        await bench.round()
        await bench.stage.close()
        bench.stage.open()
        assert not bench.stage._decider.is_busy
        bench._offset = 0
        bench.arrive(b"x", b"x", b"x")
        await bench.round()
        await bench.stage.close()

    asyncio.run(work())
    assert bench.of("ack") == [2]
    assert bench.shelf.held == {b"c": b"4", b"due": b"1"}, "this processor knows no repeats"


def test_closing_finishes_what_was_decided_and_takes_nothing_more() -> None:
    bench = Bench(batch_size=2)

    async def work() -> None:
        bench.arrive(*[b"x"] * 6)
        await bench.round()
        await bench.stage.close()

    asyncio.run(work())
    taken = int(bench.shelf.held[b"c"] or 0)
    assert taken in (2, 4), "the round decided ahead too, but no other"
    assert bench.inbox.size == 0


def test_law_4_before_a_flood_stops_it_the_stage_finishes_the_rounds_before() -> None:
    bench = Bench(batch_size=4, window=4)

    async def work() -> None:
        bench.arrive(*[b"x"] * 4)
        bench.arrive(*[b"dead"] * 8)
        await bench.stage.run()

    with pytest.raises(TooManyDeadLettersError):
        asyncio.run(work())
    assert bench.of("ack") == [3]
    assert bench.shelf.held == {b"c": b"4"}


def test_law_7_an_idle_partition_moves_at_the_pace_of_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(idle_after=60.0)
    (partition,) = bench.partitions.owned
    partition.idle_from = 1_000_000.0
    now = partition.last_read_at

    async def after(seconds: float) -> None:
        monkeypatch.setattr("time.monotonic", lambda: now + seconds)
        await bench.round()
        await bench.stage._finish()

    for seconds, expected in ((59, []), (61, [1_000_061]), (100, [1_000_061]), (125, [1_000_125])):
        asyncio.run(after(seconds))
        written = [int(states[b"advanced"]) for states in bench.of("store")]
        assert written[-1:] == expected


def test_law_3_what_was_decided_without_a_right_to_write_is_decided_anew() -> None:
    """The partitions went and came back, and nobody wrote them meanwhile."""
    bench = Bench()

    async def work() -> None:
        running = asyncio.create_task(bench.stage.run())
        bench.arrive(*[b"x"] * 3)
        while len(bench.of("ack")) < 1:
            await asyncio.sleep(0.01)
        bench.broker.lost = True
        bench.arrive(*[b"x"] * 4)
        while bench.stage._opened.is_set():
            await asyncio.sleep(0.01)
        await bench.stage.close()
        assert bench.of("ack") == [2]
        bench.broker.lost = False
        bench._offset = 3
        bench.partitions.assign({0}, (), bench.shelf, [])
        bench.stage.open()
        bench.arrive(*[b"x"] * 4)
        while len(bench.of("ack")) < 2:
            await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(work())
    assert bench.of("ack") == [2, 6]
    assert bench.shelf.held == {b"c": b"7"}, "every record once"


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch_size=st.integers(1, 7),
    seed=st.integers(0, 1000),
)
@settings(max_examples=30)
def test_law_3_a_transaction_holds_outputs_states_and_offsets_of_the_same_records(
    sizes: list[int], batch_size: int, seed: int
) -> None:
    bench = Bench(seed, batch_size, exactly_once=True)
    asyncio.run(bench.run_through(sizes, seed))
    done = 0
    for outputs, count, offset in bench.of("transaction"):
        assert outputs == [number for number in range(done, offset) if number % 2]
        assert count == offset
        done = offset
    assert done == sum(sizes)
    assert bench.shelf.held == {b"c": b"%d" % done}
