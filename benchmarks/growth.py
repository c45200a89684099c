"""More customers, same cost? CPU time of an event as the store grows, and of a day of silence.

    python -m benchmarks.growth [--customers 10000,100000,1000000] [--json]

One partition as a worker holds it: decoding, the processor and the worker's own RocksDB store,
without a broker. The store has grown with copies of real states. Events fall on customers drawn
evenly from all, each once in a batch and the first after a pause, which is hard on caches; so the
work is the same at every size. Then no event comes for some days, and the reviews, labels and
alerts that fall due by silence are done.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks import machine
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
    """Of one size of the store; CPU time of the whole process, RocksDB's threads included."""

    customers: int
    events: int
    decode: float
    """CPU µs an event; the same for the following."""
    process: float
    """With reading states from the store."""
    store: float
    """Writing them there."""
    resident_megabytes: int
    """Memory of the process (10^6 bytes)."""
    disk_megabytes: int
    restore_seconds: float
    """CPU seconds to plan all customers, as after a restart."""

    @property
    def each(self) -> float:
        """CPU µs an event, in all."""
        return self.decode + self.process + self.store


@dataclass(frozen=True, slots=True)
class Silence:
    """Days without an event."""

    customers: int
    days: int
    reviews: int
    cpu_seconds: float
    outputs: int

    @property
    def review(self) -> float:
        """CPU µs of a review with all that belongs to it."""
        return self.cpu_seconds * 1e6 / self.reviews

    def share_of_core(self, customers: int) -> float:
        """The share of one core that reviews take at live speed, for so many customers."""
        return self.cpu_seconds / (self.days * DAY) * customers / self.customers


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
    costs = []
    bench = Bench(store, crowd, policy)
    for size in options.customers:
        bench.grow(size)
        costs.append(bench.cost(options.events))
        machine.told(str(costs[-1]))
    silence = Bench(store, crowd, policy, number=1)
    silence.grow(options.silent)
    found = silence.silence(options.days)
    document = {
        "benchmark": "growth",
        "machine": surroundings,
        "costs": [asdict(cost) | {"each": round(cost.each, 1)} for cost in costs],
        "ratio": round(costs[-1].each / costs[0].each, 3),
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
        type=lambda text: sorted({int(size) for size in text.split(",")}),
        help="sizes of the store (default 10000,100000,1000000)",
    )
    parser.add_argument("--events", type=int, default=10 * BATCH, help="measured at each size")
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


class Bench:
    """One partition that grows."""

    def __init__(self, store: StateStore, crowd: Crowd, policy: Policy, number: int = 0) -> None:
        self._store = store
        self._crowd = crowd
        self._policy = policy
        self._number = number
        self._customers = 0
        self._offset = 0
        self._codec = Codec()
        self._chance = random.Random(SEED)
        self._sample = [orjson.loads(event.value) for event in read_events(SAMPLE)]
        key, value = crowd.event_time(number)
        store.write(number, {key: value}, 0)

    def grow(self, customers: int) -> None:
        """Have so many customers in the store."""
        batch: dict[bytes, bytes | None] = {}
        for key, value in self._crowd.states(customers - self._customers, self._customers):
            batch[key] = value
            if len(batch) == AT_ONCE:
                self._store.write(self._number, batch, 0)
                batch = {}
                self._customers += AT_ONCE
                if self._customers % 1_000_000 == 0:
                    machine.told(f"{self._customers:,} customers in the store")
        self._store.write(self._number, batch, 0)
        self._customers = customers
        settle(self._store, self._number)

    def cost(self, events: int) -> Cost:
        """What so many events take, after as many that warm it up."""
        begin = time.process_time()
        partition = self._partition()
        restored = time.process_time() - begin
        list(self._work(partition, events))
        spent = [0.0, 0.0, 0.0]
        for parts in self._work(partition, events):
            spent = [total + part for total, part in zip(spent, parts, strict=True)]
        decode, process, store = (round(part * 1e6 / events, 2) for part in spent)
        _, size = partition.size()
        resident = round(machine.resident_bytes() / 1e6)
        return Cost(
            self._customers,
            events,
            decode,
            process,
            store,
            resident,
            round(size / 1e6),
            round(restored, 1),
        )

    def silence(self, days: int) -> Silence:
        """Let so many days pass."""
        partition = self._partition()
        begin_day = partition.processor.watermark // DAY
        reviews = outputs = 0
        begin = time.process_time()
        for day in range(1, days + 1):
            output = partition.processor.advance((begin_day + day) * DAY)
            self._keep(partition, output)
            reviews += output.reviews
            outputs += len(output.messages)
        return Silence(self._customers, days, reviews, time.process_time() - begin, outputs)

    def _partition(self) -> Partition:
        def build(number: int, read: Read) -> PartitionProcessor:
            return PartitionProcessor(number, self._policy, read)

        return Partition(self._number, build, self._store)

    def _work(self, partition: Partition, events: int) -> Iterator[tuple[float, float, float]]:
        """Batch by batch, the CPU seconds of decoding, deciding and storing."""
        now = partition.processor.watermark + self._policy.time.lateness
        for _ in range(0, events, BATCH):
            chosen = self._chance.sample(range(self._customers), BATCH)
            wire = [self._event(customer, now) for customer in chosen]
            begin = time.process_time()
            records = self._decode(wire)
            decoded = time.process_time()
            output = partition.processor.process(records)
            processed = time.process_time()
            self._keep(partition, output)
            yield decoded - begin, processed - decoded, time.process_time() - processed
            crowd = self._crowd  # as they were: their next event is the first after a pause, too
            self._store.write(self._number, {crowd.key(n): crowd.state(n) for n in chosen}, 0)

    def _keep(self, partition: Partition, output: Output) -> None:
        partition.stage(output.states)
        partition.settle(output.states, self._offset)

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


def settle(store: Any, number: int) -> None:
    """Wait until RocksDB has nothing more to do behind the scenes."""
    database = store._db_for_partition(number)
    database.flush()
    running = "rocksdb.num-running-compactions", "rocksdb.compaction-pending"
    while any(database.property_int_value(name) for name in running):
        time.sleep(0.2)


def _print(document: Mapping[str, Any]) -> None:
    about = document["machine"]
    print(f"{about['processor']}; {about['python']}; load {about['load_before']}\n")
    print(f"{'CPU µs an event':>15}{'decode':>9}{'process':>9}{'store':>9}{'all':>9}", end="")
    print(f"{'MB in RAM':>11}{'on disk':>9}{'restore s':>11}")
    for cost in document["costs"]:
        print(f"{cost['customers']:>15,}{cost['decode']:>9.1f}{cost['process']:>9.1f}", end="")
        print(f"{cost['store']:>9.1f}{cost['each']:>9.1f}{cost['resident_megabytes']:>11,}", end="")
        print(f"{cost['disk_megabytes']:>9,}{cost['restore_seconds']:>11.1f}")
    print(f"\nlast to first: {document['ratio']:.2f}\n")
    silence = document["silence"]
    print(
        f"{silence['days']} silent days of {silence['customers']:,} customers: "
        f"{silence['reviews']:,} reviews, {silence['review']:.1f} CPU µs each; a million customers "
        f"at live speed take {silence['core_share']:.3%} of a core"
    )


if __name__ == "__main__":
    main()
