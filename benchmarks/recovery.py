"""A worker that comes back: how soon it has the states of its customers, and what they weigh.

    python -m benchmarks.recovery [--customers 1000000] [--only memory,rocksdb,standby] [--json]

Copies of real states stand in the changelog topic on Apache Kafka. A worker as anyone runs it reads
them back, into memory or into RocksDB; a worker with RocksDB is stopped and started again; and of
two workers one is killed, so that the other takes over what it has kept as a standby.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import contestants, machine
from benchmarks.broker_io import PARTITIONS, BrokerIO
from benchmarks.crowd import Crowd, real_states
from benchmarks.wire import WireEvent
from benchmarks.workers import Worker
from tests.kafka.cluster import KafkaNode

SCENARIOS = ("memory", "rocksdb", "standby")
STORES = ("memory", "rocksdb")
MILLION = 1_000_000
SETTLE = 3.0
"""Seconds after which memory is looked at: what recovery needed by the way is free by then."""
STANDBY_FILLS = 20.0
"""Seconds in which a second worker reads the partitions that it is a standby for."""


@dataclass(frozen=True, slots=True)
class Return:
    """How a worker came to its states."""

    name: str
    customers: int
    """Of which it had to take up the states."""
    seconds: float
    """From its assignment until it was ready."""
    cpu_seconds: float
    """Of its process, in this time."""
    megabytes: float
    """Resident memory (10^6 bytes) soon after, above that of a worker without customers."""
    most_megabytes: float
    """The same, at its highest."""

    @property
    def per_second(self) -> float:
        """Customers per second."""
        return self.customers / self.seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    with tempfile.TemporaryDirectory(prefix="churnstream-bench-") as name:
        folder = Path(name)
        with KafkaNode(folder / "kafka", fast_start=False) as kafka:
            io = BrokerIO(kafka.address)
            bench = Bench(io, folder, options.customers)
            results = []
            for scenario in options.only:
                for result in bench.run(scenario):
                    machine.told(str(result))
                    results.append(result)
    document = {
        "benchmark": "recovery",
        "machine": surroundings,
        "customers": options.customers,
        "state_bytes": bench.state_bytes,
        "partitions": PARTITIONS,
        "results": [row(result) for result in results],
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def row(result: Return) -> dict[str, Any]:
    """A result with what follows from it."""
    per_million = result.megabytes * MILLION / result.customers
    return asdict(result) | {
        "per_second": round(result.per_second),
        "per_cpu_second": round(result.customers / max(result.cpu_seconds, 0.01)),
        "megabytes_per_million": round(per_million),
    }


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recovery",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--customers", type=int, default=MILLION, help="in the changelog (default 1,000,000)"
    )
    parser.add_argument(
        "--only", default=SCENARIOS, type=lambda text: text.split(","), help=", ".join(SCENARIOS)
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


class Bench:
    """One broker with one filled changelog."""

    def __init__(self, io: BrokerIO, folder: Path, customers: int) -> None:
        self._folder = folder
        self._customers = customers
        self._ours = contestants.churnstream(io, "", folder)
        self._empty = {}
        """Store → memory of a worker without customers."""
        for store in STORES:
            with self._worker(f"empty-{store}", store) as worker:
                worker.wait_ready()
                time.sleep(SETTLE)
                self._empty[store] = worker.resident
        self.state_bytes = round(self._fill(io))

    def run(self, scenario: str) -> Iterator[Return]:
        """The returns of a scenario, as they are measured."""
        match scenario:
            case "memory":
                with self._worker("memory") as worker:
                    yield self._measured("memory, from the changelog", worker, "memory")
            case "rocksdb":
                for name in ("from the changelog", "from its folder"):
                    with self._worker("rocksdb") as worker:
                        yield self._measured(f"rocksdb, {name}", worker, "rocksdb")
            case "standby":
                yield from self._standby()

    def _standby(self) -> Iterator[Return]:
        """A second worker joins; then one of the two dies, and the other has all."""
        with self._worker("memory-1", "memory") as first:
            first.wait_ready()
            with self._worker("memory-2", "memory") as second:
                joined = second.wait_ready()
                time.sleep(STANDBY_FILLS)
                yield self._result(
                    "second worker joins, half", second, joined.assigned, joined.ready, "memory", 2
                )
                first.kill()
                died = time.time()
                second.wait(lambda: second.health().get("partitions") == PARTITIONS)
                assigned = time.time()
                second.wait(second.is_ready)
                ready = time.time()
                machine.told(f"the group noticed the death after {assigned - died:.1f} s")
                name = "standby takes the other half"
                yield self._result(name, second, assigned, ready, "memory", 2)

    def _worker(self, name: str, store: str = "") -> Worker:
        return Worker(self._ours, self._folder, name, {"CHURNSTREAM_STORE": store or name})

    def _measured(self, name: str, worker: Worker, store: str) -> Return:
        found = worker.wait_ready()
        machine.told(
            f"{name}: ready {found.ready - found.started:.1f} s after the start of the process"
        )
        time.sleep(SETTLE)
        return self._result(name, worker, found.assigned, found.ready, store)

    def _result(
        self, name: str, worker: Worker, begin: float, end: float, store: str, parts: int = 1
    ) -> Return:
        empty = self._empty[store]
        return Return(
            name,
            self._customers // parts,
            round(end - begin, 2),
            round(worker.cpu_between(begin, end), 2),
            round((worker.resident - empty) / 1e6, 1),
            round((worker.most_resident - empty) / 1e6, 1),
        )

    def _fill(self, io: BrokerIO) -> float:
        """Write the states; returns their mean size."""
        crowd = Crowd(real_states())
        size = 0

        def events() -> Iterator[WireEvent]:
            nonlocal size
            for number, (key, value) in enumerate(crowd.states(self._customers)):
                size += len(value)
                if number % 100_000 == 0:
                    machine.told(f"{number:,} states written")
                yield WireEvent("", key, value, 0.0)

        io.produce(self._ours.changelog, events())
        for partition in range(PARTITIONS):
            key, value = crowd.event_time(partition)
            io.produce(self._ours.changelog, [WireEvent("", key, value, 0.0)], partition)
        return size / self._customers


def _print(document: Mapping[str, Any]) -> None:
    about = document["machine"]
    print(f"{about['processor']}, {about['cores']} cores, shared with Kafka; {about['python']}")
    print(f"{document['customers']:,} customers of {document['state_bytes']} B on average\n")
    heads = ("seconds", "customers/s", "a CPU s", "MB a million", "most MB")
    print(f"{'':<32}" + "".join(f"{head:>14}" for head in heads))
    for found in document["results"]:
        print(
            f"{found['name']:<32}{found['seconds']:>14.1f}{found['per_second']:>14,}"
            f"{found['per_cpu_second']:>14,}{found['megabytes_per_million']:>14,}"
            f"{found['most_megabytes']:>14,.0f}"
        )


if __name__ == "__main__":
    main()
