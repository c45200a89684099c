"""Topic to topic on Apache Kafka: churnstream beside plain Faust and Quix Streams.

    python -m benchmarks.pipeline [--events N] [--rounds 1] [--only churnstream,quix] [--json]

Each runs the same detectors on the same pre-produced topic, keeps a state for every customer with
a changelog, and sends its outputs, in a process of its own, one after the other. Time runs on the
broker's clock from the first record to the last that the process wrote, so starting does not count.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import contestants, machine
from benchmarks.broker_io import BrokerIO
from benchmarks.contestants import Child, Contestant
from benchmarks.retail import TOPIC, read_events
from benchmarks.traces import look_at
from benchmarks.wire import WireEvent
from tests.kafka.cluster import KafkaNode

NAMES = ("churnstream", "quix", "faust")
MORE = ("exactly-once",)
"""Only when asked for: churnstream with transactions."""
WITHIN = 900.0
WARM_UP = 80_000
"""Events of a round that is not counted."""
SETTLE = 5.0
"""Seconds of rest for the broker before each measurement: it flushes, compacts and compiles on the
processor that it shares with the one who is measured."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one contestant did in one round."""

    name: str
    round: int
    seconds: float
    """From its first record to its last, by the broker's clock."""
    cpu_seconds: float
    """Of its process, in this time."""
    events: int
    """Counted in the states that it wrote."""
    customers: int
    outputs: int
    changelog: int
    """Records in its changelog."""

    @property
    def per_second(self) -> float:
        """Events per second."""
        return self.events / self.seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    events = read_events(options.events, options.copies)
    with tempfile.TemporaryDirectory(prefix="churnstream-bench-") as name:
        folder = Path(name)
        with KafkaNode(folder / "kafka", fast_start=False) as kafka:
            io = BrokerIO(kafka.address)
            # A cold JVM takes several times as long for everything: warm it before it counts.
            _round(io, 0, events[:WARM_UP], options.only, folder)
            results = [
                result
                for number in range(1, options.rounds + 1)
                for result in _round(io, number, events, options.only, folder)
            ]
    document = {
        "benchmark": "pipeline",
        "machine": surroundings,
        "events": len(events),
        "rounds": options.rounds,
        "results": [asdict(r) | {"per_second": round(r.per_second)} for r in results],
        "per_second": _medians(results),
        "ratios": _ratios(results),
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document, results)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--events", type=int, default=0, help="only the first N events")
    parser.add_argument("--copies", type=int, default=1, help="so many of every customer")
    parser.add_argument("--rounds", type=int, default=1, help="repeat everything")
    parser.add_argument(
        "--only", default=NAMES, type=lambda text: text.split(","), help=", ".join(NAMES + MORE)
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _round(
    io: BrokerIO, number: int, events: Sequence[WireEvent], names: Sequence[str], folder: Path
) -> list[Result]:
    prefix = f"round{number}."
    topic = prefix + TOPIC
    ours = contestants.churnstream(io, prefix, folder)
    io.produce(topic, events)
    made: dict[str, Contestant] = {"churnstream": ours}
    if "quix" in names:
        made["quix"] = contestants.quix(io, f"{prefix}quix.", topic, folder, len(events))
    topics = dict.fromkeys(NAMES, topic)
    if "exactly-once" in names:
        own = f"{prefix}once."
        made["exactly-once"] = contestants.churnstream(io, own, folder / own, exactly_once=True)
        topics["exactly-once"] = own + TOPIC
        io.produce(own + TOPIC, events)
    if "faust" in names:
        made["faust"] = contestants.plain_faust(io, f"{prefix}faust.", topic, folder)
    results = []
    # Each goes first in turn.
    for name in (*names[number % len(names) :], *names[: number % len(names)]):
        results.append(_measure(io, number, made[name], topics[name], len(events), folder))
        _progress(results[-1])
    return results


def _measure(
    io: BrokerIO, number: int, contestant: Contestant, topic: str, events: int, folder: Path
) -> Result:
    time.sleep(SETTLE)
    with Child(contestant, folder / f"{contestant.group}.log") as child:
        child.wait(lambda: not io.behind(contestant.group, topic), WITHIN)
    found = look_at(io, contestant, events)
    return Result(
        contestant.name,
        number,
        found.last - found.first,
        child.cpu_between(found.first, found.last),
        found.events,
        found.customers,
        found.outputs.total(),
        found.changelog,
    )


def _medians(results: Sequence[Result]) -> dict[str, int]:
    names = dict.fromkeys(result.name for result in results)
    return {
        name: round(statistics.median(r.per_second for r in results if r.name == name))
        for name in names
    }


def _ratios(results: Sequence[Result]) -> dict[str, list[float]]:
    """Ours by theirs, a value a round."""
    ratios: dict[str, list[float]] = {}
    ours = {r.round: r for r in results if r.name == "churnstream"}
    for result in results:
        if result.name != "churnstream" and result.round in ours:
            ratio = ours[result.round].per_second / result.per_second
            ratios.setdefault(result.name, []).append(round(ratio, 2))
    return ratios


def _progress(result: Result) -> None:
    text = f"round {result.round}: {result.name} {result.per_second:,.0f} events/s"
    print(text, file=sys.stderr, flush=True)


def _print(document: Mapping[str, Any], results: Sequence[Result]) -> None:
    about = document["machine"]
    print(f"{about['processor']}, {about['cores']} cores, shared with Kafka; {about['python']}")
    heads = ("", "events/s", "seconds", "CPU s", "µs CPU/event", "outputs", "changelog")
    print("{:<14}{:>10}{:>9}{:>8}{:>14}{:>10}{:>11}".format(*heads))
    for r in results:
        print(
            f"{r.name:<14}{r.per_second:>10,.0f}{r.seconds:>9.1f}{r.cpu_seconds:>8.1f}"
            f"{1e6 * r.cpu_seconds / r.events:>14.1f}{r.outputs:>10,}{r.changelog:>11,}"
        )
    for name, ratios in document["ratios"].items():
        print(f"churnstream / {name}: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
