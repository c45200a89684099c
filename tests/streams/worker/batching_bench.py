"""A consumer of the pinned Faust without a broker, and what stands in for its thread."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import faust
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.worker.batching import BatchTransport, Composite, CompositeScheduler

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
