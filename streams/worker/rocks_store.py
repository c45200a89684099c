"""The store for more state than memory holds: one RocksDB a partition (package ``rocksdict``)."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import rocksdict
from faust.stores import rocksdb
from faust.types import TP, EventT

from streams.worker.store import NOTHING, StoreError, changes

MIB = 1 << 20
WRITE_BUFFER = 16 * MIB
"""Bytes of a write buffer; a partition has up to three."""
FILTER_BITS = 10
"""Bits a key in the filters that spare a read; Faust's 3 let every fifth useless read through."""
WRITE_BUFFER_FILTER = 0.1
"""The share of a write buffer for the filter that spares a search in it."""

DAMAGED = "remove that folder and start the worker again, it restores it from the changelog"
"""The remedy for files that are damaged."""
NOT_OURS = (
    "free space on that disk, let this worker and no other write there, or set "
    "CHURNSTREAM_DATA_DIR to another folder, and start the worker again"
)
"""The remedy for everything else."""


class RocksStore(rocksdb.Store):
    """States in one RocksDB a partition, under the worker's data folder (see `StateStore`)."""

    logger = logging.getLogger("faust")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        sizes = {"write_buffer_size": WRITE_BUFFER}
        super().__init__(*args, options=sizes, driver="rocksdict", **kwargs)
        self.rewritten: set[int] = set()
        self._unlogged: set[int] = set()
        """Partitions with writes of a recovery that are in no file yet, not even in the log."""

    def read(self, partition: int, key: bytes) -> bytes | None:
        """See `StateStore`."""
        db = self._db_for_partition(partition)
        try:  # once an event: a context manager would cost more than reading
            found: bytes | None = db.get(key)
        except Exception as error:
            raise self._failed(partition, "read", error) from error
        return found

    def write(self, partition: int, states: Mapping[bytes, bytes | None], offset: int) -> None:
        """See `StateStore`. States and offset become visible together."""
        if partition in self._unlogged:
            # The log must not hold an offset whose states could still be lost.
            with self._using(partition, "written") as db:
                db.flush()
            self._unlogged.discard(partition)
        self._write(partition, states, offset, rocksdict.WriteOptions())

    def _write(
        self,
        partition: int,
        states: Mapping[bytes, bytes | None],
        offset: int,
        options: rocksdict.WriteOptions,
    ) -> None:
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in states.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(self.offset_key, str(offset).encode())
        with self._using(partition, "written") as db:
            db.write(batch, options)

    @contextmanager
    def _using(self, partition: int, done: str) -> Iterator[rocksdict.Rdict]:
        """The partition's database, to be read, written, …: ``done``."""
        db = self._db_for_partition(partition)
        try:
            yield db
        except Exception as error:  # rocksdict raises nothing more special
            raise self._failed(partition, done, error) from error

    def _failed(self, partition: int, done: str, error: Exception) -> StoreError:
        remedy = DAMAGED if str(error).startswith("Corruption") else NOT_OURS
        return StoreError(
            f"the store {self.partition_path(partition)} cannot be {done} ({error}); nothing was "
            f"lost: {remedy}"
        )

    def partition_items(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """See `StateStore`. Raises `StoreError` where damage ends the items too early."""
        with self._using(partition, "read") as db:
            place = db.iter()
            place.seek_to_first()
            while place.valid():
                key = place.key()
                if key != self.offset_key:
                    yield key, place.value()
                place.next()
            place.status()  # an end that is none looks like one; ``db.items()`` does not tell

    def partition_size(self, partition: int) -> tuple[int, int]:
        """See `StateStore`."""
        db = self._db_for_partition(partition)
        keys = db.property_int_value("rocksdb.estimate-num-keys")
        size = db.property_int_value("rocksdb.estimate-live-data-size")
        return int(keys or 0), int(size or 0)

    def persisted_offset(self, tp: TP) -> int:
        """The last changelog offset that the partition's states contain."""
        with self._using(tp.partition, "read"):
            found = super().persisted_offset(tp)
        return NOTHING if found is None else int(found)

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Take in composites of the changelog during recovery.

        Past RocksDB's log: what a crash takes, offset and states alike, the changelog has.
        """
        unlogged: Any = rocksdict.WriteOptions()  # its stubs are wrong
        unlogged.disable_wal = True
        for tp, states, offset in changes(batch):
            self._unlogged.add(tp.partition)
            self._write(tp.partition, states, offset, unlogged)
            if states:
                self.rewritten.add(tp.partition)

    def _open_for_partition(self, partition: int) -> rocksdict.Rdict:
        """Open or make a partition's database, with the same options each time.

        Faust passes them for the database alone; rocksdict then takes those of its only column
        family from what the last process noted there, which knows no cache: one of 8 MiB is made.
        """
        options = self.rocksdb_options.as_options()
        tables = rocksdict.BlockBasedOptions()
        tables.set_bloom_filter(FILTER_BITS, block_based=False)
        tables.set_data_block_index_type(rocksdict.DataBlockIndexType.binary_and_hash())
        tables.disable_cache()  # a state is written soon after it is read, and then in a buffer
        options.set_memtable_whole_key_filtering(True)
        options.set_memtable_prefix_bloom_ratio(WRITE_BUFFER_FILTER)
        options.set_compression_type(rocksdict.DBCompressionType.none())
        options.set_block_based_table_factory(tables)
        path = str(self.partition_path(partition))
        try:
            return rocksdict.Rdict(path, options=options, column_families={"default": options})
        except Exception as error:
            raise self._failed(partition, "opened", error) from error
