"""From where and when the consumer fetches, around rebalances and recoveries."""

import asyncio

import pytest

from tests.streams.worker.batching_bench import (
    CHANGELOG,
    HERE,
    STANDBY,
    Bookkeeping,
    Log,
    SeekingThread,
    ours,
)


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
