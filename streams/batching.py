"""One composite record per partition and fetch, instead of one Faust event per Kafka record.

Faust's scheduling costs about 100 µs a message. A *composite* stands for all records that one
fetch brought of one partition: its offset is that of the last record, its value the list of
records. Agents, tables, rebalancing and commits then work as before, a composite at a time.

Faust takes the offsets between two composites for a gap in the topic: it keeps them in an
interval tree, counts the composite's own offset twice when it commits, and therefore commits only
one composite per interval, falling ever further behind (`BatchConsumer` says what we do instead).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP


class Composite:
    """The records that one fetch brought of one partition, in the shape of one Kafka record."""

    __slots__ = ("offset", "partition", "timestamp", "timestamp_type", "topic", "value")

    headers: ClassVar[None] = None
    key: ClassVar[None] = None
    checksum: ClassVar[None] = None
    serialized_key_size: ClassVar[int] = -1
    serialized_value_size: ClassVar[int] = -1

    def __init__(self, records: Sequence[Any]) -> None:
        last = records[-1]
        self.topic: str = last.topic
        self.partition: int = last.partition
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

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Any]]:
        """The composites of one fetch, round robin over the partitions."""
        cut = {
            tp: [
                Composite(found[start : start + self.largest])
                for start in range(0, len(found), self.largest)
            ]
            for tp, found in records.items()
        }
        return super().iterate(cut)


class BatchConsumer(driver.Consumer):
    """Faust's consumer with commits that fit composites and back-pressure that blocks.

    Our agents acknowledge the composites of a partition in the order of their offsets, each only
    when all its records are done. So the highest acknowledged offset stands for everything before
    it, and no gap needs to be kept.
    """

    logger = driver.logger

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Keep no gap: offsets between composites are records inside the later one."""

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit: behind the highest acknowledged composite, or None."""
        acked = self._acked[tp]
        if not acked:
            return None
        highest = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return int(highest) + 1

    def on_buffer_full(self, tp: TP) -> None:
        """Do not take the partition out of the fetch.

        Faust sleeps a whole second once every partition is taken out. Delivery to a full queue
        blocks the fetch instead, and goes on the moment that there is room.
        """


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with `BatchConsumer`."""

    Consumer = BatchConsumer
