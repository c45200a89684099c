"""The store for more state than memory holds: one RocksDB a partition (package ``rocksdict``)."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import rocksdict
from faust.stores import rocksdb
from faust.types import TP, EventT

from streams.errors import ChurnstreamError
from streams.worker.store import NOTHING, changes

MIB = 1 << 20
SIZES = {"block_cache_size": 64 * MIB, "write_buffer_size": 16 * MIB}
"""Bytes per partition; Faust's default is a block cache of 2 GiB each."""


class StoreError(ChurnstreamError):
    """The disk does not take the states: it is full, broken, or not ours to write."""


class RocksStore(rocksdb.Store):
    """States in one RocksDB a partition, under the worker's data folder (see `StateStore`)."""

    logger = logging.getLogger("faust")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, options=dict(SIZES), driver="rocksdict", **kwargs)
        self.rewritten: set[int] = set()

    def read(self, partition: int, key: bytes) -> bytes | None:
        """See `StateStore`."""
        found: bytes | None = self._db_for_partition(partition).get(key)
        return found

    def write(self, partition: int, states: Mapping[bytes, bytes | None], offset: int) -> None:
        """See `StateStore`. States and offset become visible together."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in states.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(self.offset_key, str(offset).encode())
        try:
            self._db_for_partition(partition).write(batch)
        except Exception as error:  # rocksdict raises nothing more special
            raise StoreError(
                f"the store {self.partition_path(partition)} cannot be written ({error}); nothing "
                "was lost: free space on that disk, or set CHURNSTREAM_DATA_DIR to another, and "
                "start the worker again"
            ) from error

    def partition_items(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """See `StateStore`."""
        for key, value in self._db_for_partition(partition).items():
            if key != self.offset_key:
                yield key, value

    def partition_size(self, partition: int) -> tuple[int, int]:
        """See `StateStore`."""
        db = self._db_for_partition(partition)
        keys = db.property_int_value("rocksdb.estimate-num-keys")
        size = db.property_int_value("rocksdb.estimate-live-data-size")
        return int(keys or 0), int(size or 0)

    def persisted_offset(self, tp: TP) -> int:
        """The last changelog offset that the partition's states contain."""
        found = super().persisted_offset(tp)
        return NOTHING if found is None else int(found)

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
