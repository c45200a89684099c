"""The customers' states, kept per partition and rebuilt from the changelog topic.

Two stores with one face (`StateStore`): in memory, and RocksDB for more state than memory holds.
Faust's table does rebalancing and recovery; reading and writing go past its mapping interface,
because we know the partition and write only what the changelog has acknowledged. Each store keeps
the offset of the last changelog record that it contains, so that a rebalance reads only the rest.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, cast

import faust
from faust.stores import memory
from faust.tables import TableManager
from faust.types import TP, EventT

from streams.errors import ChurnstreamError
from streams.worker.transactions import CLAIM

Ready = Callable[[set[int], set[int]], Awaitable[None]]
"""Called after every recovery: partitions whose state is complete, and those rewritten in it."""

NOTHING = -1
"""The offset of a store that holds nothing. Never None: Faust would then go on from the offset
that it remembers for the partition, although the state was dropped meanwhile."""


class StoreError(ChurnstreamError):
    """The disk does not hold the states: it is full, broken, or not ours to write."""


class StateStore(Protocol):
    """What the customer stage needs of a store; keys and values are bytes."""

    rewritten: set[int]
    """The partitions that a recovery has written since it was last looked at."""

    def read(self, partition: int, key: bytes) -> bytes | None:
        """The value of ``key``, or None."""

    def write(self, partition: int, states: Mapping[bytes, bytes | None], offset: int) -> None:
        """Write what the changelog acknowledged, up to its ``offset``; None deletes."""

    def partition_items(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """All keys and values of a partition."""

    def partition_size(self, partition: int) -> tuple[int, int]:
        """The number of keys of a partition, and its bytes (RocksDB: estimates)."""


class MemoryStore(memory.Store[Any, Any]):
    """States in a dict per partition."""

    logger = logging.getLogger("faust")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._partitions: dict[int, dict[bytes, bytes]] = {}
        self._offsets: dict[int, int] = {}
        self._bytes: dict[int, int] = {}
        self.rewritten: set[int] = set()

    def read(self, partition: int, key: bytes) -> bytes | None:
        """See `StateStore`."""
        held = self._partitions.get(partition)
        return None if held is None else held.get(key)

    def write(self, partition: int, states: Mapping[bytes, bytes | None], offset: int) -> None:
        """See `StateStore`."""
        held = self._partitions.setdefault(partition, {})
        grown = 0
        for key, value in states.items():
            before = held.pop(key, None) if value is None else held.get(key)
            if before is not None:
                grown -= len(key) + len(before)
            if value is not None:
                held[key] = value
                grown += len(key) + len(value)
        self._bytes[partition] = self._bytes.get(partition, 0) + grown
        self._offsets[partition] = offset

    def partition_items(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """See `StateStore`."""
        return self._partitions.get(partition, {}).items()

    def partition_size(self, partition: int) -> tuple[int, int]:
        """See `StateStore`."""
        return len(self._partitions.get(partition, ())), self._bytes.get(partition, 0)

    def persisted_offset(self, tp: TP) -> int:
        """The last changelog offset that the partition's states contain."""
        return self._offsets.get(tp.partition, NOTHING)

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Take in composites of the changelog during recovery."""
        for tp, states, offset in changes(batch):
            self.write(tp.partition, states, offset)
            if states:
                self.rewritten.add(tp.partition)

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """Forget the partitions that another worker writes from now on."""
        for tp in revoked:
            if tp.topic == self.table.changelog_topic.get_topic_name():
                self._partitions.pop(tp.partition, None)
                self._offsets.pop(tp.partition, None)
                self._bytes.pop(tp.partition, None)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Nothing to tidy: partitions were dropped when they were revoked."""


class CustomersTable(faust.Table[bytes, bytes]):
    """The Faust table of the states; tells `on_ready` which partitions are complete.

    Faust only logs what goes wrong while it recovers them, and would go on with a part of the
    states. Here the first failure goes to `on_failure`; from then on nothing is stored, and nothing
    is ever ready.
    """

    logger = logging.getLogger("faust")
    on_ready: Ready | None = None
    on_failure: Callable[[Exception], None] | None = None
    _has_failed = False
    _assigned: frozenset[TP] = frozenset()

    @property
    def states(self) -> StateStore:
        """The store, with the face that the customer stage uses."""
        return cast(StateStore, self.data)

    def _new_store_by_url(self, url: Any) -> Any:
        return _kind_of_store(url)(
            url,
            self.app,
            self,
            table_name=self.name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            loop=self.loop,
        )

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """Called by Faust when the worker has got other partitions."""
        self._assigned = frozenset(assigned)
        with self._failing():
            await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def persisted_offset(self, tp: TP) -> int:
        """The last changelog offset that the partition's states contain."""
        with self._failing():
            return cast(int, super().persisted_offset(tp))
        return NOTHING

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """Take in composites of the changelog during recovery, of the worker's partitions only.

        One that was on its way when its partition went would leave a store that lacks what came
        before it, and an offset that hides this.
        """
        if not self._has_failed:
            with self._failing():
                super().apply_changelog_batch(
                    [event for event in batch if event.message.tp in self._assigned]
                )

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Called by Faust when all changelog partitions have been read to their end."""
        with self._failing():
            await super().on_recovery_completed(active_tps, standby_tps)
        store = self.states
        rewritten, store.rewritten = store.rewritten, set()
        if self.on_ready is not None and not self._has_failed:
            await self.on_ready({tp.partition for tp in active_tps}, rewritten)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Hand on the failure of what is done within."""
        try:
            yield
        except Exception as error:
            self._has_failed = True
            if self.on_failure is None:
                raise
            self.on_failure(error)


class Tables(TableManager):
    """Faust's manager of the tables, which begins at once.

    Faust's waits a second for tables that are declared late; ours is there when the app is made.
    """

    logger = logging.getLogger("faust")

    async def on_start(self) -> None:
        """Open the tables and begin to watch over their recovery."""
        await self._update_channels()
        await self.recovery.start()


def _kind_of_store(url: Any) -> type[Any]:
    if not str(url).startswith("rocksdb"):
        return MemoryStore
    try:
        from streams.worker.rocks_store import RocksStore
    except ImportError:
        raise ChurnstreamError(
            "CHURNSTREAM_STORE is 'rocksdb', but the package rocksdict is missing: "
            "pip install 'churnstream[rocksdb]'"
        ) from None
    return RocksStore


def changes(
    batch: Iterable[EventT[Any]],
) -> Iterator[tuple[TP, dict[bytes, bytes | None], int]]:
    """Partition, last value of every key and last offset of each changelog composite."""
    for event in batch:
        records: Any = event.value
        states = {record.key: record.value for record in records if record.key != CLAIM}
        yield event.message.tp, states, event.message.offset
