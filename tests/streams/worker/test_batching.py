"""Composites of fetched records, and what is committed when they are acknowledged."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import faust
import pytest
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.batching import BatchTransport, Composite, CompositeScheduler, LostDeliveryError

T = TypeVar("T")
HERE = TP("interactions", 0)
CHANGELOG = TP("app-customers-changelog", 0)
STANDBY = TP("app-customers-changelog", 1)


@dataclass
class Raw:
    """The fields of a fetched record that a composite looks at."""

    offset: int
    topic: str = "interactions"
    partition: int = 0
    timestamp: int = 1_700_000_000_000
    timestamp_type: int = 0


def records(begin: int, count: int, topic: str = "interactions", partition: int = 0) -> list[Raw]:
    """Records with consecutive offsets."""
    return [Raw(offset, topic, partition) for offset in range(begin, begin + count)]


class SeekingThread:
    """The consumer's thread, as far as `perform_seek` uses it."""

    def __init__(self, committed: dict[TP, int | None]) -> None:
        self.committed = committed
        self.from_beginning: list[TP] = []

    def assignment(self) -> set[TP]:
        """All partitions."""
        return set(self.committed)

    async def seek_to_committed(self) -> dict[TP, int | None]:
        """Faust asks for the committed offsets; aiokafka does not move where there is none."""
        return self.committed

    async def seek_to_beginning(self, *places: Any) -> None:
        """Note who goes back to the beginning."""
        self.from_beginning += [TP(*place) for place in places]


class Log:
    """The consumer's thread over one partition: a fetch waits for records, then takes them all."""

    def __init__(self, committed: int) -> None:
        self.end = self.position = self.committed = committed
        self.refuses = False
        self.more = asyncio.Event()

    def produce(self, count: int) -> None:
        """Add records."""
        self.end += count
        self.more.set()

    def assignment(self) -> set[TP]:
        """The partition."""
        return {HERE}

    async def commit(self, offsets: dict[TP, int]) -> bool:
        """The group takes the offset, or has given the partition to somebody else."""
        if self.refuses:
            return False
        self.committed = offsets[HERE]
        return True

    async def getmany(self, active: set[TP] | None, timeout: float) -> dict[TP, list[Raw]]:
        """What aiokafka does: the position moves as records are taken, whoever uses them."""
        assert active, "to aiokafka an empty set means all partitions"
        try:
            await asyncio.wait_for(self.more.wait(), timeout)
        except TimeoutError:
            return {}
        found = records(self.position, self.end - self.position)
        self.position = self.end
        self.more.clear()
        return {HERE: found}

    async def seek_to_committed(self) -> dict[TP, int | None]:
        """Go back, and then ask about other partitions for a while."""
        self.position = self.committed
        for _ in range(20):
            await asyncio.sleep(0)
        return {HERE: self.committed}

    async def seek_wait(self, partitions: dict[TP, int]) -> None:
        """Go to an offset."""
        self.position = partitions[HERE]
        for _ in range(20):
            await asyncio.sleep(0)


class Bookkeeping:
    """A real consumer of the pinned Faust, without a broker: read, acknowledge, commit."""

    def __init__(self, transport: type[Any] | None) -> None:
        scheduler = DefaultSchedulingStrategy if transport is None else CompositeScheduler
        self._app = faust.App(
            "bookkeeping", broker="kafka://127.0.0.1:1", ConsumerScheduler=scheduler
        )
        if transport is not None:
            self._app.transport = transport(self._app.conf.broker_consumer, self._app)
        self._app.topics.acking_topics.add(HERE.topic)
        consumer: Any = self._app.consumer
        self._consumer = consumer
        thread: Any = self._consumer._thread
        self._loop_of_thread = thread.thread_loop
        self.committed: int | None = None

    async def read(self, sizes: Sequence[int], begin: int = 0) -> list[ConsumerMessage]:
        """Deliver composites of these sizes, as `Consumer._drain_messages` does."""
        delivered = []
        for size in sizes:
            if isinstance(self._consumer.scheduler, CompositeScheduler):
                fetched = self._consumer.scheduler.iterate({HERE: records(begin, size)})
                composite = next(fetched)[1]
            else:
                composite = Composite(HERE, records(begin, size))
            begin += size
            message = self._consumer._to_message(HERE, composite)
            before = self._consumer._read_offset[HERE]
            if before and message.offset - before > 1:
                await self._consumer._add_gap(HERE, before + 1, message.offset)
            self._consumer._read_offset[HERE] = message.offset
            message.refcount = 1
            delivered.append(message)
        return delivered

    def commit(self) -> int | None:
        """What a commit would write now; None for nothing new."""
        offset: int | None = self._consumer._filter_committable_offsets([HERE]).get(HERE)
        if offset is not None:
            self._consumer._committed_offset[HERE] = offset
            self.committed = offset
        return offset

    def close(self) -> None:
        """Free what the consumer made for its thread."""
        self._loop_of_thread.close()

    def acknowledge(self, message: ConsumerMessage) -> None:
        """Acknowledge a composite."""
        message.ack(self._consumer)


def ours(work: Callable[[Bookkeeping], Any]) -> Any:
    """Run ``work`` with our consumer."""
    return _run(work, BatchTransport)


def stock(work: Callable[[Bookkeeping], Any]) -> Any:
    """Run ``work`` with Faust's own consumer."""
    return _run(work, None)


def _run(work: Callable[[Bookkeeping], Any], transport: type[Any] | None) -> Any:
    async def run() -> Any:
        books = Bookkeeping(transport)
        try:
            return await work(books)
        finally:
            books.close()

    return asyncio.run(run())


def test_a_fetch_becomes_one_composite_a_partition() -> None:
    here, there = TP("interactions", 0), TP("complaints", 3)
    fetched = {here: records(10, 5), there: records(7, 2, "complaints", 3)}
    found = dict(CompositeScheduler().iterate(fetched))
    assert found.keys() == fetched.keys()
    assert found[here].value == fetched[here]
    assert (found[here].offset, found[there].offset) == (14, 8)
    assert (found[there].topic, found[there].partition) == ("complaints", 3)


def test_a_long_fetch_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CompositeScheduler, "largest", 4)
    fetched = {HERE: records(0, 10)}
    found = [composite for _, composite in CompositeScheduler().iterate(fetched)]
    assert [composite.offset for composite in found] == [3, 7, 9]
    assert [raw for composite in found for raw in composite.value] == fetched[HERE]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    begin=st.sampled_from([0, 1, 100]),
    commits=st.sets(st.integers(0, 11)),
)
def test_law_4_acknowledging_a_composite_never_commits_beyond_it(
    sizes: list[int], begin: int, commits: set[int]
) -> None:
    async def work(books: Bookkeeping) -> None:
        delivered = await books.read(sizes, begin)
        for index, message in enumerate(delivered):
            assert books.commit() is None or books.committed == begin + sum(sizes[:index])
            books.acknowledge(message)
            if index in commits:
                assert books.commit() == message.offset + 1
        assert books.commit() in (None, begin + sum(sizes))
        assert books.committed == begin + sum(sizes)
        assert books.commit() is None

    ours(work)


def test_nothing_is_committed_before_the_first_acknowledgement() -> None:
    async def work(books: Bookkeeping) -> None:
        await books.read([5, 5])
        assert books.commit() is None

    ours(work)


def test_a_later_commit_keeps_no_trace_of_earlier_composites() -> None:
    async def work(books: Bookkeeping) -> None:
        for message in await books.read([100] * 50):
            books.acknowledge(message)
        books.commit()
        assert not books._consumer._acked[HERE]
        assert not books._consumer._acked_index[HERE]
        assert not books._consumer._gap[HERE]

    ours(work)


def test_law_4_no_commit_passes_a_composite_that_was_lost_on_its_way() -> None:
    async def work(books: Bookkeeping) -> None:
        first, _lost, third = await books.read([10, 10, 10])
        books.acknowledge(first)
        assert books.commit() == 10
        books.acknowledge(third)
        with pytest.raises(LostDeliveryError, match="partition 0: the records up to offset 19"):
            books.commit()
        assert books.committed == 10

    ours(work)


def test_law_3_only_what_is_recovered_is_fetched_before_the_last_step_of_a_recovery() -> None:
    """Faust clears all queues as it resumes the flow; what came before would be lost."""

    async def work(books: Bookkeeping) -> None:
        consumer = books._consumer
        consumer.app.tables.recovery.standby_tps.add(STANDBY)
        consumer.stop_flow()
        for resumed, fetched in (
            ({CHANGELOG}, {CHANGELOG}),
            ({STANDBY}, {CHANGELOG}),
            ({HERE}, {CHANGELOG, STANDBY, HERE}),
        ):
            before = set(consumer._active_partitions or ())
            consumer.resume_partitions(resumed)
            assert consumer._active_partitions == before | (resumed & {CHANGELOG})
            consumer.resume_flow()
            assert consumer._active_partitions == fetched

    ours(work)


def test_law_3_a_standby_of_a_worker_without_inputs_is_fetched_from() -> None:
    async def work(books: Bookkeeping) -> None:
        consumer = books._consumer
        consumer.app.tables.recovery.standby_tps.add(STANDBY)
        consumer.resume_partitions({STANDBY})
        consumer.resume_flow()
        consumer.resume_partitions(set())
        consumer.resume_flow()
        assert consumer._active_partitions == {STANDBY}

    ours(work)


def test_a_partition_held_back_when_a_rebalance_begins_stays_so() -> None:
    async def work(books: Bookkeeping) -> None:
        consumer = books._consumer
        consumer.resume_partitions({HERE})
        consumer.stop_flow()
        consumer.resume_flow()
        assert consumer._active_partitions == set()

    ours(work)


def test_after_a_seek_only_what_is_fetched_again_counts() -> None:
    async def work(books: Bookkeeping) -> None:
        thread = SeekingThread({HERE: None})
        books._consumer._thread = thread
        await books.read([10, 10])
        await books._consumer.perform_seek()
        assert thread.from_beginning == [HERE], "without a commit aiokafka does not go back"
        (again,) = await books.read([7])
        books.acknowledge(again)
        assert books.commit() == 7

    ours(work)


@pytest.mark.parametrize("seek", ["perform_seek", "seek_wait"])
def test_law_4_a_fetch_from_before_a_rebalance_takes_nothing_after_the_seek(seek: str) -> None:
    """It would be dropped, as no partition is active then, and reading would go on behind it."""

    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        old_fetch = asyncio.create_task(consumer._getmany({HERE}, timeout=0.05))
        await asyncio.sleep(0)
        seeking = asyncio.create_task(
            consumer.perform_seek() if seek == "perform_seek" else consumer.seek_wait({HERE: 10})
        )
        for _ in range(10):
            await asyncio.sleep(0)
        log.produce(5)
        await asyncio.gather(old_fetch, seeking)
        assert log.position == 10, "records were taken behind the seek and dropped"

    ours(work)


def test_law_3_records_fetched_before_a_rebalance_are_of_the_generation_before() -> None:
    """Faust drops those; nobody waits for them."""

    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        consumer.app.consumer_generation_id = 4
        fetch = asyncio.create_task(consumer._getmany({HERE}, timeout=1.0))
        await asyncio.sleep(0)
        consumer.app.consumer_generation_id = 5
        log.produce(5)
        ((tp, composite),) = consumer.scheduler.iterate(await fetch)
        old = consumer._to_message(tp, composite)
        await consumer.perform_seek()
        log.produce(2)
        ((tp, composite),) = consumer.scheduler.iterate(await consumer._getmany({HERE}, 1.0))
        new = consumer._to_message(tp, composite)
        assert (old.generation_id, old.offset) == (4, 14)
        assert (new.generation_id, new.offset) == (5, 16)
        new.refcount = 1
        books.acknowledge(new)
        assert books.commit() == 17

    ours(work)


def test_a_message_whose_partition_has_gone_stops_nobody() -> None:
    """A rebalance has taken it from Faust's table of partitions meanwhile."""

    async def work(books: Bookkeeping) -> None:
        consumer = books._consumer
        (message,) = await books.read([5])
        with pytest.raises(KeyError):
            await consumer._conduct(message)
        await consumer.callback(message)

    ours(work)


def test_a_fetch_that_waited_for_a_seek_sees_what_was_paused_meanwhile() -> None:
    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        active = {HERE}
        seeking = asyncio.create_task(consumer.perform_seek())
        await asyncio.sleep(0)
        fetch = asyncio.create_task(consumer._getmany(active, timeout=1.0))
        await asyncio.sleep(0)
        active.clear()
        await seeking
        assert await fetch == {}

    ours(work)


def test_what_was_fetched_is_in_hand_until_the_group_has_taken_the_commit() -> None:
    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (None, 0)
        log.produce(5)
        await consumer._getmany({HERE}, timeout=1.0)
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (10, 5)
        log.refuses = True
        await consumer._commit({HERE: 15})
        assert consumer.in_hand(HERE) == 5
        log.refuses = False
        await consumer._commit({HERE: 15})
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (15, 0)

    ours(work)


def test_after_a_seek_nothing_is_in_hand() -> None:
    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        log.produce(5)
        await consumer._getmany({HERE}, timeout=1.0)
        await consumer.perform_seek()
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (None, 0)

    ours(work)


def test_a_seek_that_faust_gives_up_waiting_for_ends_before_the_next_fetch() -> None:
    """The consumer's thread goes on with it anyway."""

    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        seeking = asyncio.create_task(consumer.perform_seek())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        seeking.cancel()
        await asyncio.sleep(0)
        assert consumer._reading.locked()
        log.produce(5)
        await consumer._getmany({HERE}, timeout=1.0)
        assert log.position == 15, "the seek took the position back from under the fetch"

    ours(work)


def test_why_not_faust_s_own_bookkeeping_it_falls_behind() -> None:
    """The reason for `BatchConsumer`; when this fails, Faust has changed: look again."""

    async def work(books: Bookkeeping) -> list[int | None]:
        for message in await books.read([100] * 4):
            books.acknowledge(message)
        return [books.commit() for _ in range(4)]

    assert stock(work) == [200, 300, 400, None]
    assert ours(work) == [400, None, None, None]


def test_faust_keeps_touching_gaps_apart() -> None:
    """Joined gaps would let Faust's own bookkeeping commit beyond an acknowledged composite."""

    async def work(books: Bookkeeping) -> int | None:
        first, second, _ = await books.read([10, 10, 10])
        books.acknowledge(first)
        books.acknowledge(second)
        books.commit()
        return books.committed

    assert stock(work) == 20


def test_pinned_versions_are_those_that_were_looked_at() -> None:
    project = Path(__file__).parents[3].joinpath("pyproject.toml").read_text(encoding="utf-8")
    assert faust.__version__ == "0.15.3"
    assert '"faust-streaming==0.15.3"' in project
