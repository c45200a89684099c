"""The processors of the partitions that this worker owns, each on its part of the store."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from detectors.broadcast import Published as Published
from detectors.effects import Output, Record
from streams.worker.store import StateStore

Read = Callable[[bytes], bytes | None]


class Processor(Protocol):
    """What the customer stage needs of ``detectors.processor.PartitionProcessor``."""

    @property
    def watermark(self) -> float:
        """Event time (epoch s) up to which the partition is complete."""

    @property
    def clock(self) -> float:
        """Event time (epoch s) by which what runs out has run out."""

    def restore(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Take up the stored partition."""

    def install(self, published: Published) -> None:
        """Take a published value."""

    def process_in_parts(self, batch: Sequence[Record]) -> Iterator[Output]:
        """Apply records in order; each part must be stored before the next is asked for."""

    def advance_in_parts(self, watermark: float, clock: float) -> Iterator[Output]:
        """Move event time on without an event, in parts too."""


Build = Callable[[int, Read], Processor]


class Partition:
    """One processor, the states it has decided on, and the store behind them.

    `stage` makes states visible to the processor's next call; `settle` writes them to the store
    once the changelog has them. In between they are held here, not in the store.
    """

    def __init__(self, number: int, build: Build, store: StateStore) -> None:
        self.number = number
        self.last_read_at = time.monotonic()
        """When the last record came (monotonic s), for the idle timer."""
        self.last_advanced_at = self.last_read_at
        self.parts = 0
        """Parts of its work that it has done while more of it waits."""
        self._store = store
        self._staged: dict[bytes, bytes | None] = {}
        self.processor = build(number, self._read)
        self.processor.restore(store.partition_items(number))
        self.idle_from = self.processor.watermark
        self.idle_clock = self.processor.clock

    def stage(self, states: Mapping[bytes, bytes | None]) -> None:
        """Let the next call see these states."""
        self._staged.update(states)

    def settle(self, states: Mapping[bytes, bytes | None], offset: int) -> None:
        """The changelog holds these states, the last at ``offset``: write them to the store."""
        self._store.write(self.number, states, offset)
        for key, value in states.items():
            if self._staged.get(key) is value:
                self._staged.pop(key, None)

    def size(self) -> tuple[int, int]:
        """Keys and bytes in the store."""
        return self._store.partition_size(self.number)

    def _read(self, key: bytes) -> bytes | None:
        if key in self._staged:
            return self._staged[key]
        return self._store.read(self.number, key)


class Partitions:
    """All partitions that this worker owns."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._owned: dict[int, Partition] = {}

    def __getitem__(self, number: int) -> Partition:
        return self._owned[number]

    def __contains__(self, number: int) -> bool:
        return number in self._owned

    @property
    def owned(self) -> list[Partition]:
        """The partitions, in order."""
        return [self._owned[number] for number in sorted(self._owned)]

    def forget(self) -> None:
        """Own nothing, and forget what was decided: the next `assign` builds all anew."""
        self._owned.clear()

    def assign(
        self,
        numbers: Collection[int],
        rewritten: Collection[int],
        store: StateStore,
        published: Sequence[Published],
    ) -> None:
        """Own exactly ``numbers`` from now on.

        A processor stays only if nobody else has written its partition meanwhile; those in
        ``rewritten`` are built anew from the store and get all ``published`` values.
        """
        for number in set(self._owned) - set(numbers) | set(rewritten):
            self._owned.pop(number, None)
        for number in sorted(set(numbers) - set(self._owned)):
            partition = Partition(number, self._build, store)
            for value in published:
                partition.processor.install(value)
            self._owned[number] = partition

    def install(self, published: Published) -> None:
        """Hand a published value to every processor."""
        for partition in self._owned.values():
            partition.processor.install(published)
