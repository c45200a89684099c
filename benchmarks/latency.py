"""Produced to output topic on Apache Kafka: churnstream beside Quix Streams.

    python -m benchmarks.latency [--rates 200,1000,2000] [--seconds 15] [--rounds 1] [--json]

Each complaint causes one complaint alert that names it. The latency is from just before the
complaint is handed to the producer until the alert has been received, by one clock on one machine.
The systems run one after the other, each in a process of its own, with the same detectors.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import contestants, load, machine
from benchmarks.arguments import numbers
from benchmarks.broker_io import PARTITIONS, BrokerIO
from benchmarks.contestants import Child, Contestant
from benchmarks.load import Load
from tests.kafka.cluster import KafkaNode

NAMES = ("churnstream", "quix")
MORE = ("exactly-once",)
"""Only when asked for: churnstream with transactions."""
WARM_UP = Load("", "", 200, 5.0, "warm")


@dataclass(frozen=True, slots=True)
class Result:
    """One contestant at one rate; times in milliseconds."""

    name: str
    round: int
    rate: int
    complaints: int
    p50: float
    p90: float
    p99: float
    largest: float
    sender_late: float
    cpu_share: float
    """CPU seconds of the process for each second of the load."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    with tempfile.TemporaryDirectory(prefix="churnstream-bench-") as name:
        folder = Path(name)
        with KafkaNode(folder / "kafka", fast_start=False) as kafka:
            io = BrokerIO(kafka.address)
            # A cold JVM answers late: a round that does not count warms it.
            list(_round(io, 0, options, folder))
            results = [
                result
                for number in range(1, options.rounds + 1)
                for result in _round(io, number, options, folder)
            ]
    document = {
        "benchmark": "latency",
        "machine": surroundings,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "results": [asdict(result) for result in results],
        "medians": _medians(results),
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument(
        "--rates",
        default=[200, 1000, 2000],
        type=numbers,
        help="complaints a second (default 200,1000,2000)",
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="for each rate (default 15)")
    parser.add_argument("--rounds", type=int, default=1, help="repeat everything")
    parser.add_argument(
        "--only", default=NAMES, type=lambda text: text.split(","), help=", ".join(NAMES + MORE)
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _round(
    io: BrokerIO, number: int, options: argparse.Namespace, folder: Path
) -> Iterator[Result]:
    prefix = f"round{number}."
    topic = prefix + load.TOPIC
    ours = contestants.churnstream(io, prefix, folder)
    made: dict[str, Contestant] = {"churnstream": ours}
    topics = {"churnstream": topic}
    if "quix" in options.only:
        own = f"{prefix}quix."
        topics["quix"] = own + load.TOPIC  # nothing of the others' to catch up with
        io.create({topics["quix"]: PARTITIONS})
        made["quix"] = contestants.quix(io, own, topics["quix"], folder, 0, load.TOPIC)
    if "exactly-once" in options.only:
        own = f"{prefix}once."
        made["exactly-once"] = contestants.churnstream(io, own, folder / own, exactly_once=True)
        topics["exactly-once"] = own + load.TOPIC
    names = options.only
    # Each goes first in turn.
    for name in (*names[number % len(names) :], *names[: number % len(names)]):
        contestant = made[name]
        with Child(contestant, folder / f"{contestant.group}.log") as child:
            _warm_up(io, contestant, topics[name])
            for rate in options.rates if number else (max(options.rates),):
                wanted = Load(
                    io.address, topics[name], rate, options.seconds, f"{name}-{number}-{rate}"
                )
                result = _measure(contestant, wanted, child, number)
                print(f"round {number}: {result}", file=sys.stderr, flush=True)
                yield result


def _warm_up(io: BrokerIO, contestant: Contestant, topic: str) -> None:
    """Wait until it works, and give it something to get warm with."""
    warm = Load(io.address, topic, WARM_UP.rate, WARM_UP.seconds, f"{contestant.group}-warm")
    for _ in range(5):
        found = load.run(warm, _answers(contestant), PARTITIONS)
        if not found.missing:
            return
    raise TimeoutError(f"{contestant.name} did not answer {warm.count} complaints")


def _measure(contestant: Contestant, wanted: Load, child: Child, number: int) -> Result:
    begin = child.samples[-1]
    found = load.run(wanted, _answers(contestant), PARTITIONS)
    end = child.samples[-1]
    if found.missing:
        missing = f"{found.missing} alerts of {wanted.count} are missing"
        raise RuntimeError(f"{contestant.name}: {missing}")
    return Result(
        contestant.name,
        number,
        wanted.rate,
        wanted.count,
        round(found.quantile(0.5), 1),
        round(found.quantile(0.9), 1),
        round(found.quantile(0.99), 1),
        round(found.quantile(1.0), 1),
        round(found.sender_late, 1),
        round((end[1] - begin[1]) / (end[0] - begin[0]), 3),
    )


def _answers(contestant: Contestant) -> str:
    return next(topic for topic in contestant.outputs if topic.endswith(load.ANSWERS))


def _medians(results: Sequence[Result]) -> list[dict[str, Any]]:
    """p50 and p99 by contestant and rate: medians over the rounds."""
    keys = dict.fromkeys((result.rate, result.name) for result in results)
    return [
        {
            "rate": rate,
            "name": name,
            "p50": statistics.median(r.p50 for r in results if (r.rate, r.name) == (rate, name)),
            "p99": statistics.median(r.p99 for r in results if (r.rate, r.name) == (rate, name)),
        }
        for rate, name in sorted(keys)
    ]


def _print(document: Mapping[str, Any]) -> None:
    about = document["machine"]
    print(f"{about['processor']}, {about['cores']} cores, shared with Kafka; {about['python']}")
    print(f"median of {document['rounds']} round(s) of {document['seconds']:g} s\n")
    print(f"{'events/s':>8}  {'':<14}{'p50 ms':>8}{'p99 ms':>8}")
    for row in document["medians"]:
        print(f"{row['rate']:>8}  {row['name']:<14}{row['p50']:>8.1f}{row['p99']:>8.1f}")


if __name__ == "__main__":
    main()
