"""More customers, same cost? CPU time of an event as the store grows, and of a day of silence.

    python -m benchmarks.growth [--customers 10000,100000,1000000] [--json]

One partition as a worker holds it: decoding, the processor and the worker's own RocksDB store,
without a broker. The store has grown with copies of real states. Events fall on customers drawn
evenly from all, each once in a batch and the first after a pause, which is hard on caches; so the
work is the same at every size. The sizes take turns, batch by batch, so that what else the machine
does meets all alike. Then no event comes for some days, and the reviews, labels and alerts that
fall due by silence are done.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from benchmarks import machine
from benchmarks.arguments import numbers
from benchmarks.crowd import Crowd, real_states
from benchmarks.drive import BATCH
from benchmarks.retail import TOPIC, read_events, retail_policy
from benchmarks.wire import WireEvent
from detectors.durations import DAY
from detectors.effects import Output, Record
from detectors.policy import Policy
from detectors.processor import PartitionProcessor
from schemas.codec import Codec
from streams.app import create_app
from streams.garbage import collect_rarely
from streams.settings import Settings
from streams.worker.partitions import Partition, Read
from streams.worker.store import StateStore

SIZES = (10_000, 100_000, 1_000_000)
AT_ONCE = 5_000
"""States of one write while the store grows."""
SAMPLE = 5_000
"""Real events whose contents the measured ones have."""
SEED = 20_261_128


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one size of the store; CPU time of the thread that works on events."""

    customers: int
    batches: int
    decode: float
    """CPU µs an event in the median batch; the same for the following."""
    process: float
    """With reading states from the store."""
    store: float
    """Writing them there."""
    disk_megabytes: int
    """RocksDB's own estimate (10^6 bytes)."""
    restore_seconds: float
    """CPU seconds to plan all customers, as after a restart."""
    each: float
    """CPU µs an event, in all."""
    growth: float
    """The same, in proportion to the smallest size: the median of all rounds."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Days without an event."""

    customers: int
    days: int
    reviews: int
    cpu_seconds: float
    longest_day: float
    """CPU seconds that the reviews of the longest day took."""
    longest_part: float
    """CPU seconds that the longest part of them took: events of other partitions wait for that."""
    outputs: int

    @property
    def review(self) -> float:
        """CPU µs of a review with all that belongs to it."""
        return self.cpu_seconds * 1e6 / self.reviews

    def share_of_core(self, customers: int) -> float:
        """The share of one core that reviews take at live speed, for so many customers."""
        return self.cpu_seconds / (self.days * DAY) * customers / self.customers


class Spent(NamedTuple):
    """CPU seconds of a batch."""

    decode: float
    process: float
    store: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    policy = retail_policy()
    with tempfile.TemporaryDirectory(prefix="churnstream-growth-", dir=options.folder) as name:
        asyncio.run(_measure(options, policy, Path(name), surroundings))


async def _measure(
    options: argparse.Namespace, policy: Policy, folder: Path, surroundings: dict[str, Any]
) -> None:
    """Faust's app wants a running loop, though nothing of it is started."""
    store = open_store(folder, policy)
    crowd = Crowd(real_states())
    collect_rarely()  # as a worker does
    *sizes, last = [
        Bench(store, crowd, policy, number, customers)
        for number, customers in enumerate((*options.customers, options.silent))
    ]
    found = last.silence(options.days)
    machine.told(str(found))
    keep_in_memory(folder)
    begin = time.process_time() - time.thread_time()
    costs = compare(sizes, [[bench.batch() for bench in sizes] for _ in range(options.batches)])
    behind = time.process_time() - time.thread_time() - begin
    written = 2 * BATCH * len(sizes) * options.batches  # each state is put back, too
    document = {
        "benchmark": "growth",
        "machine": surroundings,
        "costs": [asdict(cost) for cost in costs],
        "background": round(behind * 1e6 / written, 1),
        "silence": asdict(found)
        | {"review": round(found.review, 1), "core_share": round(found.share_of_core(10**6), 5)},
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--customers",
        default=SIZES,
        type=numbers,
        help="sizes of the store (default 10000,100000,1000000)",
    )
    parser.add_argument("--batches", type=int, default=20, help="of each size (default 20)")
    parser.add_argument("--silent", type=int, default=100_000, help="customers of the silent days")
    parser.add_argument("--days", type=int, default=14, help="without an event (default 14)")
    parser.add_argument("--folder", type=Path, help="where the store may grow; 1 GB a million")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def open_store(folder: Path, policy: Policy) -> StateStore:
    """The RocksDB store of a worker, as its app makes it."""
    settings = Settings.from_env(
        {"CHURNSTREAM_STORE": "rocksdb", "CHURNSTREAM_DATA_DIR": str(folder)}
    )
    app = create_app(settings, policy)
    app.finalize()
    app.conf.tabledir.mkdir(parents=True, exist_ok=True)
    return app.table.states


class Size(Protocol):
    """A partition whose batches are compared with others'."""

    @property
    def customers(self) -> int:
        """In its store."""

    @property
    def disk(self) -> int:
        """Bytes of its store."""

    @property
    def restored(self) -> float:
        """CPU seconds to plan all customers, as after a restart."""


class Bench:
    """One partition with so many customers."""

    def __init__(
        self, store: StateStore, crowd: Crowd, policy: Policy, number: int, customers: int
    ) -> None:
        self.customers = customers
        self._store = store
        self._crowd = crowd
        self._policy = policy
        self._number = number
        self._offset = 0
        self._codec = Codec()
        self._chance = random.Random(SEED)
        self._sample = [orjson.loads(event.value) for event in read_events(SAMPLE)]
        self._fill()
        begin = time.process_time()
        self._partition = Partition(number, self._build, store)
        self.restored = time.process_time() - begin

    @property
    def disk(self) -> int:
        """Bytes of the store, as RocksDB estimates them."""
        return self._partition.size()[1]

    def batch(self) -> Spent:
        """The CPU seconds that a batch takes."""
        now = self._partition.processor.watermark + self._policy.time.lateness
        chosen = self._chance.sample(range(self.customers), BATCH)
        wire = [self._event(customer, now) for customer in chosen]
        begin = time.thread_time()
        records = self._decode(wire)
        decoded = time.thread_time()
        (output,) = self._partition.processor.process_in_parts(records)
        processed = time.thread_time()
        self._keep(output)
        stored = time.thread_time()
        crowd = self._crowd  # as they were: their next event is the first after a pause, too
        self._store.write(self._number, {crowd.key(n): crowd.state(n) for n in chosen}, 0)
        return Spent(decoded - begin, processed - decoded, stored - processed)

    def silence(self, days: int) -> Silence:
        """Let so many days pass."""
        processor = self._partition.processor
        begin_day = processor.watermark // DAY
        reviews = outputs = 0
        longest = 0.0
        spent: list[float] = []
        for day in range(1, days + 1):
            end = (begin_day + day) * DAY
            parts = []
            begin = time.process_time()
            for output in processor.advance_in_parts(end, end):
                self._keep(output)
                reviews += output.reviews
                outputs += len(output.messages)
                begin, before = time.process_time(), begin
                parts.append(begin - before)
            spent.append(sum(parts))
            longest = max(longest, *parts)
        return Silence(self.customers, days, reviews, sum(spent), max(spent), longest, outputs)

    def _fill(self) -> None:
        key, value = self._crowd.event_time(self._number)
        self._store.write(self._number, {key: value}, 0)
        for first in range(0, self.customers, AT_ONCE):
            count = min(AT_ONCE, self.customers - first)
            self._store.write(self._number, dict(self._crowd.states(count, first)), 0)
            if first % 500_000 == 0:
                machine.told(f"{first:,} of {self.customers:,} customers in the store")
        settle(self._store, self._number)

    def _build(self, number: int, read: Read) -> PartitionProcessor:
        return PartitionProcessor(number, self._policy, read)

    def _keep(self, output: Output) -> None:
        self._partition.stage(output.states)
        self._partition.settle(output.states, self._offset)

    def _event(self, customer: int, now: float) -> WireEvent:
        self._offset += 1
        key = self._crowd.key(customer)
        value = self._sample[self._offset % SAMPLE] | {
            "customer_id": key.decode(),
            "event_id": f"g{self._offset}",
            "occurred_at": datetime.fromtimestamp(now, UTC).isoformat(),
        }
        return WireEvent(TOPIC, key, orjson.dumps(value), now)

    def _decode(self, wire: Sequence[WireEvent]) -> list[Record]:
        first = self._offset - len(wire) + 10**9  # beyond the offsets in the copied states
        decode = self._codec.decode
        return [
            Record(
                topic,
                self._number,
                offset,
                at,
                key,
                value,
                decode(topic, value, key=key, received_at=at, source=f"{topic}/0/{offset}"),
            )
            for offset, (topic, key, value, at) in enumerate(wire, first)
        ]


def compare(sizes: Sequence[Size], rounds: Sequence[Sequence[Spent]]) -> list[Cost]:
    """The costs of all sizes from their batches, round by round; the first round does not count."""
    costs = []
    counted = rounds[1:]
    for place, size in enumerate(sizes):
        batches = [found[place] for found in counted]
        growth = [sum(found[place]) / sum(found[0]) for found in counted]
        decode, process, store = (
            round(statistics.median(part) * 1e6 / BATCH, 2) for part in zip(*batches, strict=True)
        )
        each = statistics.median(sum(batch) for batch in batches) * 1e6 / BATCH
        costs.append(
            Cost(
                size.customers,
                len(batches),
                decode,
                process,
                store,
                round(size.disk / 1e6),
                round(size.restored, 1),
                round(each, 1),
                round(statistics.median(growth), 3),
            )
        )
    return costs


def settle(store: Any, number: int) -> None:
    """Wait until RocksDB has nothing more to do behind the scenes."""
    database = store._db_for_partition(number)
    database.flush()
    running = "rocksdb.num-running-compactions", "rocksdb.compaction-pending"
    while any(database.property_int_value(name) for name in running):
        time.sleep(0.2)


def keep_in_memory(folder: Path) -> None:
    """Read all files once, so that no size has to wait for the disk more than others do.

    What has been written long ago has been pushed out of the system's memory by what came later.
    """
    for path in folder.rglob("*.sst"):
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass


def _print(document: Mapping[str, Any]) -> None:
    about = document["machine"]
    print(f"{about['processor']}; {about['python']}; load {about['load_before']}\n")
    heads = ("decode", "process", "store", "all", "growth", "MB on disk", "restore s")
    print(f"{'CPU µs an event':>15}" + "".join(f"{head:>11}" for head in heads))
    for cost in document["costs"]:
        parts = [cost[name] for name in ("decode", "process", "store", "each")]
        print(f"{cost['customers']:>15,}" + "".join(f"{part:>11.1f}" for part in parts), end="")
        print(f"{cost['growth']:>11.2f}{cost['disk_megabytes']:>11,}", end="")
        print(f"{cost['restore_seconds']:>11.1f}")
    print(f"RocksDB's own threads, over all sizes: {document['background']} µs a state written\n")
    silence = document["silence"]
    print(
        f"{silence['days']} silent days of {silence['customers']:,} customers: "
        f"{silence['reviews']:,} reviews, {silence['review']:.1f} CPU µs each; a million customers "
        f"at live speed take {silence['core_share']:.3%} of a core; the longest day "
        f"{silence['longest_day']:.1f} CPU s, its longest part {silence['longest_part']:.2f}"
    )


if __name__ == "__main__":
    main()
