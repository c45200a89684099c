"""One composite record per partition and fetch, instead of one Faust event per Kafka record.

Faust's scheduling costs about 100 µs a message. A *composite* stands for all records that one
fetch brought of one partition: its offset is that of the last record, its value the list of
records. Agents, tables, rebalancing and commits then work as before, a composite at a time.

Faust takes the offsets between two composites for a gap in the topic: it keeps them in an
interval tree, counts the composite's own offset twice when it commits, and therefore commits only
one composite per interval, falling ever further behind (`BatchConsumer` says what we do instead).
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from aiokafka import TopicPartition
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP

from streams.errors import ChurnstreamError
from streams.kafka.offset_errors import heed_offset_errors
from streams.kafka.parsed_records import hand_on_as_parsed
from streams.kafka.unhurried import pause_between_fetches
from streams.worker.lease import Lease, watch_membership

REVOKE_WITHIN = 5.0
"""Seconds that the last commit before a rebalance may take."""


class Composite:
    """The records that one fetch brought of one partition, in the shape of one Kafka record."""

    __slots__ = ("offset", "partition", "timestamp", "timestamp_type", "topic", "value")

    headers: ClassVar[None] = None
    key: ClassVar[None] = None
    checksum: ClassVar[None] = None
    serialized_key_size: ClassVar[int] = -1
    serialized_value_size: ClassVar[int] = -1

    def __init__(self, tp: TP, records: Sequence[Any]) -> None:
        last = records[-1]
        self.topic: str = tp.topic
        self.partition: int = tp.partition
        self.offset: int = last.offset
        self.timestamp: int = last.timestamp
        self.timestamp_type: int = last.timestamp_type
        self.value = records


class CompositeScheduler(DefaultSchedulingStrategy):
    """Faust's ``ConsumerScheduler`` that yields a `Composite` for each partition of a fetch.

    A composite that holds more than `largest` records is cut, so that no round of the agents
    takes for ever. Composites of changelog topics too: our stores know how to apply them.
    """

    largest: ClassVar[int] = 5000

    def __init__(self) -> None:
        """Faust makes it without arguments."""
        self.expect: Callable[[TP, int], None] | None = None
        """Hears of every composite, by its offset, in the order of the fetches."""

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Any]]:
        """The composites of one fetch, round robin over the partitions."""
        cut = {
            tp: [
                Composite(tp, found[start : start + self.largest])
                for start in range(0, len(found), self.largest)
            ]
            for tp, found in records.items()
        }
        if self.expect is not None:
            for tp, composites in cut.items():
                for composite in composites:
                    self.expect(tp, composite.offset)
        return super().iterate(cut)


class BatchThread(driver.AIOKafkaConsumerThread):
    """Faust's thread around aiokafka's consumer, which does not overlook what the group answers."""

    logger = logging.getLogger("faust")
    consumer: "BatchConsumer"

    async def on_start(self) -> None:
        """Start the consumer; it asks for nothing before it has a subscription."""
        await super().on_start()
        consumer = self._ensure_consumer()
        hand_on_as_parsed(consumer._fetcher, self._is_changelog)
        pause_between_fetches(consumer._fetcher, self.consumer.unhurried.__contains__)
        coordinator = consumer._coordinator
        heed_offset_errors(coordinator)
        if self.consumer.lease is not None:
            watch_membership(coordinator, self.consumer.lease)

    def _is_changelog(self, topic: str) -> bool:
        return not self.app.topics.acks_enabled_for(topic)

    def _create_worker_consumer(self, transport: Any) -> Any:
        made = super()._create_worker_consumer(transport)
        if self.consumer.in_transactions:
            made._isolation_level = "read_committed"
        return made


class LostDeliveryError(ChurnstreamError):
    """Fetched records did not reach the agents."""


class BatchConsumer(driver.Consumer):
    """Faust's consumer with commits that fit composites and back-pressure that blocks.

    Composites are acknowledged in the order of their offsets, each when all its records are done.
    Every composite that was fetched is expected to be; no commit passes one that was not. Should
    one get lost on its way to an agent, the worker stops, and what is not committed is read again.
    """

    logger = logging.getLogger("faust")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._awaiting_flow: set[TP] = set()
        self._is_last = False
        """Whether the partitions that were resumed last are those that Faust resumes last."""
        self._expected: defaultdict[TP, deque[int]] = defaultdict(deque)
        self._reading = asyncio.Lock()
        """Held by a fetch, and by a seek: neither is under way during the other."""
        self._generation = 0
        """Of the group, when the fetch began that brought the newest records."""
        self._taken: dict[TP, int] = {}
        self._kept: dict[TP, int] = {}
        self.before_revoke: Callable[[], Awaitable[None]] | None = None
        """Finishes what is under way, before partitions may go to another worker."""
        self.lease: Lease | None = None
        """Renewed by what the group answers."""
        self.in_transactions: Collection[str] = ()
        """Topics whose offsets transactions commit; then only committed records are read."""
        self.unhurried: Collection[str] = ()
        """Topics whose records may wait a little (`streams.kafka.unhurried`)."""
        super().__init__(*args, **kwargs)
        self._conduct, self.callback = self.callback, self._pass_on
        cast(CompositeScheduler, self.scheduler).expect = self._expect

    def kept(self, tp: TP) -> int | None:
        """One behind the last record that the group's offset has passed since the last seek.

        None before the first fetch.
        """
        return self._kept.get(tp)

    def in_hand(self, tp: TP) -> int:
        """Records that were fetched since the last seek, and not committed."""
        return max(self._taken.get(tp, 0) - self._kept.get(tp, 0), 0)

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Keep no gap: offsets between composites are records inside the later one."""

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit: behind the last composite that is done with all before it."""
        acked, index, expected = self._acked[tp], self._acked_index[tp], self._expected[tp]
        offset = None
        while expected and expected[0] in index:
            offset = expected.popleft() + 1
        if acked and max(acked) >= (expected[0] if expected else offset or 0):
            raise LostDeliveryError(
                f"{tp.topic}, partition {tp.partition}: the records up to offset "
                f"{expected[0] if expected else max(acked)} were fetched but not processed before "
                "later ones; stopped before that was committed. Start the worker again: it reads "
                "them again"
            )
        acked.clear()
        index.clear()
        return offset

    async def _pass_on(self, message: Any) -> None:
        """Give a message to its agent or table, unless its partition has just gone.

        Faust looks both up in a table that a rebalance makes anew; it would stop the worker.
        """
        try:
            await self._conduct(message)
        except KeyError as error:
            if error.args != (message.tp,):
                raise

    def _expect(self, tp: TP, offset: int) -> None:
        is_present = self._generation == self.app.consumer_generation_id
        if is_present and self.app.topics.acks_enabled_for(tp.topic):
            self._expected[tp].append(offset)

    def _to_message(self, tp: TP, record: Any) -> Any:
        """Faust drops messages of an earlier generation: let it know when they were fetched.

        It would take the generation of now, and with it records from behind the place where this
        generation begins to read: those before them would then pass for repeats.
        """
        message = super()._to_message(tp, record)
        message.generation_id = self._generation
        return message

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish and commit before Faust forgets what was acknowledged."""
        if self.before_revoke is not None:
            await self.before_revoke()
            try:
                await asyncio.wait_for(self.commit(), REVOKE_WITHIN)
            except TimeoutError:
                self.log.warning("The last offsets were not committed; records are read again")
        await super().on_partitions_revoked(revoked)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch at once only from the changelogs that are to be recovered.

        Faust resumes partitions three times: first those, then the changelogs of its standbys, and
        when all is done, the inputs. Then it seeks, and clears all queues as it resumes the flow:
        what came of the second and third in between would be gone. Later commits would skip it;
        and a standby would lack states, and not notice, because it knows those after them.
        """
        wanted = set(tps)
        changelogs = {tp for tp in wanted if not self.app.topics.acks_enabled_for(tp.topic)}
        recovered = changelogs - cast(Any, self.app.tables).recovery.standby_tps
        self._awaiting_flow |= wanted - recovered
        self._is_last = not changelogs
        super().resume_partitions(recovered)

    def resume_flow(self) -> None:
        """The queues are cleared: if that was the last time, begin with what was held back."""
        super().resume_flow()
        if self._is_last:
            held, self._awaiting_flow = self._awaiting_flow, set()
            super().resume_partitions(held)

    def stop_flow(self) -> None:
        """A rebalance begins: what was held back may not be ours any more."""
        self._awaiting_flow.clear()
        self._is_last = False
        super().stop_flow()

    async def perform_seek(self) -> None:
        """Go back to where reading must go on after a rebalance.

        A fetch from before the rebalance may still wait for records (Faust gives it a second).
        If it took some after the seek, they would be dropped, because no partition is active yet,
        and reading would go on behind them: so the seek begins when that fetch has ended.

        Faust (and aiokafka) leave a partition without a committed offset where it is, although
        records that were fetched meanwhile have been dropped; those must be read again.
        """
        # Faust gives up waiting when the next rebalance begins; the thread would go on seeking.
        await asyncio.shield(self._seek_inputs())

    async def _seek_inputs(self) -> None:
        async with self._reading:
            await super().perform_seek()
            for forgotten in (self._expected, self._acked, self._acked_index):
                forgotten.clear()
            self._taken.clear()
            self._kept.clear()
            fresh = [
                TopicPartition(tp.topic, tp.partition)
                for tp in self.assignment()
                if self._committed_offset[tp] is None and self.app.topics.acks_enabled_for(tp.topic)
            ]
            if fresh:
                await self._thread.seek_to_beginning(*fresh)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:
        """Fetch from the partitions that are active now, and note what came.

        Faust passes on a set that changes meanwhile; when it gets empty, aiokafka takes that for
        all partitions, and drops what it brings.
        """
        async with self._reading:
            self._generation = self.app.consumer_generation_id
            now = None if active_partitions is None else set(active_partitions)
            fetched = {} if now == set() else await super()._getmany(now, timeout)
            for tp, records in fetched.items():
                if tp not in self._taken:
                    self._kept[tp] = records[0].offset
                self._taken[tp] = records[-1].offset + 1
            return fetched

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit what no transaction has; Faust notes it also when the group refused it."""
        ours = {tp: at for tp, at in offsets.items() if tp.topic not in self.in_transactions}
        committed = not ours or await super()._commit(ours)
        if committed:
            self._kept.update(offsets)
        return committed

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go to where the changelog must be read from, as `perform_seek` does with the inputs."""
        async with self._reading:
            await super().seek_wait(partitions)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Leave the watch over progress to our own health.

        Faust's fails on a partition whose position is not known yet, as while a broker is away.
        """

    def on_buffer_full(self, tp: TP) -> None:
        """Do not take the partition out of the fetch.

        Faust sleeps a whole second once every partition is taken out. Delivery to a full queue
        blocks the fetch instead, and goes on the moment that there is room.
        """


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with `BatchConsumer`."""

    Consumer = BatchConsumer
