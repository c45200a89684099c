"""One worker and two, each kept on a core of its own, on the same broker.

    python -m benchmarks.scale [--events N] [--rounds 1] [--json]

The workers stand ready, each with its share of the partitions, and are stopped (SIGSTOP) while the
topic is filled; then all go on at once. The broker runs on the same cores: what it takes is taken
from them, so the events per CPU second of the workers say more than those per second.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import contestants, machine
from benchmarks.broker_io import PARTITIONS, BrokerIO
from benchmarks.retail import TOPIC, read_events
from benchmarks.traces import look_at
from benchmarks.wire import WireEvent
from benchmarks.workers import Worker
from tests.kafka.cluster import KafkaNode

COUNTS = (1, 2)
WITHIN = 900.0
WARM_UP = 40_000
"""Events of a round that is not counted."""
SESSION = "120s"
"""Longer than the workers are stopped."""


@dataclass(frozen=True, slots=True)
class Result:
    """So many workers in one round."""

    workers: int
    round: int
    events: int
    seconds: float
    """From the first record that they wrote to the last, by the broker's clock."""
    cpu_seconds: float
    """Of all of them, in this time."""

    @property
    def per_second(self) -> float:
        """Events per second."""
        return self.events / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Events per CPU second of the workers."""
        return self.events / self.cpu_seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    events = read_events(options.events, options.copies)
    with tempfile.TemporaryDirectory(prefix="churnstream-bench-") as name:
        folder = Path(name)
        with KafkaNode(folder / "kafka", fast_start=False) as kafka:
            io = BrokerIO(kafka.address)
            _measure(io, 0, 1, events[:WARM_UP], folder)  # a cold JVM is slow
            results = []
            for number in range(1, options.rounds + 1):
                for count in COUNTS if number % 2 else reversed(COUNTS):
                    results.append(_measure(io, number, count, events, folder))
                    machine.told(str(results[-1]))
    document = {
        "benchmark": "scale",
        "machine": surroundings,
        "events": len(events),
        "results": [
            asdict(r) | {name: round(getattr(r, name)) for name in ("per_second", "per_cpu_second")}
            for r in results
        ],
        "ratio": ratio(results, "per_second"),
        "ratio_per_cpu_second": ratio(results, "per_cpu_second"),
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def ratio(results: Sequence[Result], name: str) -> float:
    """Two workers by one, within a round: the median of the rounds."""
    rates = {(r.round, r.workers): getattr(r, name) for r in results}
    rounds = {r.round for r in results}
    return round(float(statistics.median(rates[n, 2] / rates[n, 1] for n in rounds)), 2)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--events", type=int, default=0, help="only the first N events")
    parser.add_argument("--copies", type=int, default=1, help="so many of every customer")
    parser.add_argument("--rounds", type=int, default=1, help="repeat everything")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _measure(
    io: BrokerIO, number: int, count: int, events: Sequence[WireEvent], folder: Path
) -> Result:
    prefix = f"round{number}.{count}."
    ours = contestants.churnstream(io, prefix, folder)
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        workers = []
        for place in range(count):
            variables = {"CHURNSTREAM_SESSION_TIMEOUT": SESSION}
            worker = Worker(ours, folder, f"{prefix}{place}", variables)
            stack.enter_context(worker)
            worker.pin(cores[place % len(cores)])
            workers.append(worker)
        share = PARTITIONS // count
        for worker in workers:
            worker.wait_owning(share)
        for worker in workers:
            worker.pause()
        try:
            io.produce(prefix + TOPIC, events)
        finally:
            for worker in workers:
                worker.resume()
        if not io.wait_for_group(ours.group, prefix + TOPIC, WITHIN):
            raise TimeoutError(f"{count} workers were not done within {WITHIN:g} s")
    found = look_at(io, ours, len(events))
    cpu = sum(worker.cpu_between(found.first, found.last) for worker in workers)
    return Result(count, number, found.events, found.last - found.first, cpu)


def _print(document: Mapping[str, Any]) -> None:
    about = document["machine"]
    print(f"{about['processor']}, {about['cores']} cores, shared with Kafka; {about['python']}")
    print(f"{document['events']:,} events; load before {about['load_before']}\n")
    print(f"{'workers':>8}{'round':>7}{'seconds':>9}{'events/s':>11}{'CPU s':>8}{'a CPU s':>10}")
    for r in document["results"]:
        print(f"{r['workers']:>8}{r['round']:>7}{r['seconds']:>9.1f}{r['per_second']:>11,}", end="")
        print(f"{r['cpu_seconds']:>8.1f}{r['per_cpu_second']:>10,}")
    print(
        f"\ntwo by one: {document['ratio']:.2f} in events per second, "
        f"{document['ratio_per_cpu_second']:.2f} in events per CPU second of the workers"
    )


if __name__ == "__main__":
    main()
