"""How many cores, workers, partitions and bytes so many customers need (docs/scaling.md).

    python -m benchmarks.sizing [--customers 1000000,10000000,100000000] [--events 0.5] [--json]

First the costs are measured on this machine: the retail world once through the processor, trainer
and portfolio, then events and silent days as benchmarks.growth has them. All else is arithmetic.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

import orjson

from benchmarks import machine
from benchmarks.arguments import numbers
from benchmarks.crowd import Crowd
from benchmarks.drive import Drive, Run
from benchmarks.growth import Bench, compare, open_store
from benchmarks.retail import read_events, retail_policy
from detectors.customer.partition import PREFIX
from detectors.due import MOST_DUE
from detectors.durations import DAY
from detectors.policy import Policy
from streams.garbage import collect_rarely

CUSTOMERS = (1_000_000, 10_000_000, 100_000_000)
MEASURED = 10_000
BATCHES = 8
SILENT_DAYS = 14
BROKER_SHARE = 38.3 / 21.9
"""CPU of a worker by that of decoding and deciding alone: benchmarks.pipeline and benchmarks.core
of 2026-11-23, one machine."""

BUSY = 0.6
"""The share of a core that a worker should need at peak: the rest is for catching up."""

LONGEST_ROUND = 30.0
"""Seconds that an event just after the end of a day may wait for the day's reviews."""

HELD = {"memory": 1_209.0, "rocksdb": 174.0}
"""Bytes of memory a customer: benchmarks.recovery, a million customers."""

COPIES = 2
"""Each worker holds its customers, and as many as a standby; with one worker there is none."""

CACHE = 64 << 20
"""Bytes of RocksDB's block cache, of all partitions together."""

WRITE_BUFFERS = 48 << 20
"""Bytes of RocksDB's write buffers a partition (3 of 16 MiB), at most."""

RETENTION = {"inputs": 30, "training-examples": 90}
"""Days: streams.topics."""

DIRTY = 2.0
"""A compacted topic holds up to twice what is alive (``min.cleanable.dirty.ratio`` 0.5)."""


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU µs of one core, and bytes."""

    event: float
    """Decode it, update the state, store it; µs."""
    review: float
    """Score a customer and do all that follows; µs."""
    example: float
    """Learn from a matured label; µs in the trainer."""
    fact: float
    """Take in a fact of the portfolio: of a partition and day, at most `MOST_DUE` customers; µs."""
    examples: float
    """Training examples for each review."""
    state_bytes: float
    event_bytes: float
    example_bytes: float


@dataclass(frozen=True, slots=True)
class Load:
    """What customers do."""

    customers: int
    events: float
    """Of one customer in a day."""
    peak: float
    """The busiest hours by the mean."""
    interval: float
    """Days between two reviews."""


@dataclass(frozen=True, slots=True)
class Need:
    """What such a load takes; per worker where it says so."""

    customers: int
    peak_events: float
    """Per second."""
    cores: float
    """At peak, for events and reviews."""
    workers: int
    bound: str
    """What decides about the workers: ``cores`` or ``reviews``."""
    partitions: int
    reviews_round: float
    """Seconds that the reviews of a day take each worker, in one go."""
    memory_gb: float
    """Of each worker, memory store with a standby (10^9 bytes)."""
    rocksdb_gb: float
    """The same with RocksDB."""
    changelog_gb: float
    """One copy of the topic."""
    inputs_gb: float
    examples_gb: float
    trainer: float
    """Share of one core."""
    portfolio: float


def need(load: Load, costs: Costs) -> Need:
    """The arithmetic."""
    mean = load.customers * load.events / DAY
    reviews = load.customers / load.interval
    events_cores = mean * load.peak * costs.event * BROKER_SHARE / 1e6
    reviews_seconds = reviews * costs.review / 1e6
    cores = events_cores + reviews_seconds * BROKER_SHARE / DAY
    by_cores, by_reviews = ceil(cores / BUSY), ceil(reviews_seconds / LONGEST_ROUND)
    workers = max(by_cores, by_reviews, 1)
    partitions = max(4, 2 * workers)
    copies = COPIES if workers > 1 else 1
    held = load.customers / workers * copies / 1e9
    buffers = (CACHE + partitions / workers * copies * WRITE_BUFFERS) / 1e9
    examples = reviews * costs.examples
    facts = partitions * ceil(reviews / partitions / MOST_DUE)
    return Need(
        load.customers,
        mean * load.peak,
        cores,
        workers,
        "cores" if by_cores >= by_reviews else "reviews",
        partitions,
        reviews_seconds / workers,
        held * HELD["memory"],
        held * HELD["rocksdb"] + buffers,
        load.customers * costs.state_bytes * DIRTY / 1e9,
        load.customers * load.events * RETENTION["inputs"] * costs.event_bytes / 1e9,
        examples * RETENTION["training-examples"] * costs.example_bytes / 1e9,
        examples * costs.example / 1e6 / DAY,
        facts * costs.fact / 1e6 / DAY,
    )


def most_customers(load: Load, costs: Costs) -> float:
    """How many customers of this kind one trainer can learn from: a core, all day."""
    return DAY * 1e6 / (costs.example * costs.examples / load.interval)


def costs_of(run: Run, event_bytes: float, event: float, review: float) -> Costs:
    """What a run shows beside the µs of an event and a review."""
    seconds = {part: sum(times) for part, times in run.seconds.items()}
    examples, facts = run.messages["training-examples"], run.messages["portfolio-facts"]
    states = [value for key, value in run.store.items() if not key.startswith(PREFIX)]
    return Costs(
        event=event,
        review=review,
        example=seconds["trainer"] * 1e6 / max(examples, 1),
        fact=seconds["portfolio"] * 1e6 / max(facts, 1),
        examples=examples / max(run.reviews, 1),
        state_bytes=sum(map(len, states)) / len(states),
        event_bytes=event_bytes,
        example_bytes=run.message_bytes["training-examples"] / max(examples, 1),
    )


async def measure(policy: Policy, limit: int = 0) -> Costs:
    """The costs on this machine; Faust's app, of which the store is, wants a running loop."""
    events = read_events(limit)
    run = Drive(policy).go(events)
    size = sum(len(event.key) + len(event.value) for event in events) / len(events)
    with tempfile.TemporaryDirectory(prefix="churnstream-sizing-") as name:
        bench = Bench(open_store(Path(name), policy), Crowd(run.store), policy, 0, MEASURED)
        (cost,) = compare([bench], [[bench.batch()] for _ in range(BATCHES)])
        silence = bench.silence(SILENT_DAYS)
    return costs_of(run, size, cost.each, silence.review)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, then print the table or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    policy = retail_policy()
    collect_rarely()  # as a worker does
    costs = asyncio.run(measure(policy, options.sample))
    interval = options.interval or policy.churn.review_interval / DAY
    loads = [Load(n, options.events, options.peak, interval) for n in options.customers]
    needs = [need(load, costs) for load in loads]
    document = {
        "benchmark": "sizing",
        "machine": surroundings,
        "costs": {name: round(value, 2) for name, value in asdict(costs).items()},
        "load": asdict(loads[0]),
        "needs": [asdict(found) for found in needs],
        "most_customers": round(most_customers(loads[0], costs)),
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sizing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--customers",
        default=CUSTOMERS,
        type=numbers,
        help="how many (default 1000000,10000000,100000000)",
    )
    parser.add_argument("--events", type=float, default=0.5, help="of a customer in a day")
    parser.add_argument("--peak", type=float, default=5.0, help="busiest hours by the mean")
    parser.add_argument(
        "--interval", type=float, default=0.0, help="days between reviews (default: the policy's)"
    )
    parser.add_argument("--sample", type=int, default=0, help="measure with the first N events")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


ROWS: Mapping[str, str] = {
    "peak_events": "events/s at peak",
    "cores": "cores at peak",
    "workers": "workers",
    "bound": "decided by",
    "partitions": "partitions",
    "reviews_round": "s of a day's reviews",
    "memory_gb": "GB a worker, memory",
    "rocksdb_gb": "GB a worker, RocksDB",
    "changelog_gb": "GB changelog, a copy",
    "inputs_gb": "GB inputs, a copy",
    "examples_gb": "GB examples, a copy",
    "trainer": "trainer, of a core",
    "portfolio": "portfolio, of a core",
}


def _print(document: Mapping[str, Any]) -> None:
    about, load = document["machine"], document["load"]
    print(f"{about['processor']}; {about['python']}; load {about['load_before']}\n")
    for name, value in document["costs"].items():
        print(f"  {name.replace('_', ' '):<16}{value:>10,.2f}")
    print(f"\n{load['events']:g} events of a customer in a day, peak {load['peak']:g} times that,")
    print(f"a review every {load['interval']:g} days\n")
    print(f"{'customers':<22}" + "".join(f"{n['customers']:>14,}" for n in document["needs"]))
    for name, head in ROWS.items():
        print(f"{head:<22}" + "".join(f"{_cell(n[name]):>14}" for n in document["needs"]))
    print(f"\none trainer's limit: {document['most_customers']:,} such customers")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return (
            f"{value:,.4f}" if value < 0.01 else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
        )
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
