"""Surges: how often one is found where there is none, and how soon and how surely where there is.

    python -m benchmarks.surge [--days 365] [--seeds 2] [--passes 4] [--json]

False alarms are counted in simulated worlds in which nothing happens (`surge_worlds.WORLDS`),
power and delay in the real complaints of the CFPB with injected surges of known size. All with the
default policy, which allows one false alarm a month over all series together.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from benchmarks.surge_worlds import (
    WORLDS,
    Injected,
    World,
    inject,
    read_cfpb,
    simulate,
)
from detectors.durations import DAY
from detectors.policy import Surge
from detectors.surge.incident import OpenIncident
from detectors.surge.recent import Complained
from detectors.surge.series import Key
from detectors.surge.watch import SurgeWatch

SIZES = (6, 10, 20, 50)
BASES = (0.03, 0.2, 1.0)
FOUND_WITHIN = 3 * DAY
MONTH = 30 * DAY


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident as it was opened."""

    at: float
    key: Key
    observed: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Found:
    """What became of an injected surge; `delay` in seconds, None: not found in three days."""

    surge: Injected
    delay: float | None


def run(complaints: Iterable[Complained], policy: Surge | None = None) -> tuple[list[Opened], Any]:
    """Watch complaints; the incidents opened, and the watch."""
    opened: list[Opened] = []

    def tell(stage: str, incident: OpenIncident, at: float, because: str) -> None:
        if stage == "opened":
            opened.append(Opened(at, incident.key, incident.observed, incident.p_value))

    watch = SurgeWatch(policy or Surge(), tell)
    for complaint in complaints:
        watch.take(complaint)
    return opened, watch


def false_alarms(world: World, days: int, seeds: Sequence[int]) -> dict[str, Any]:
    """Incidents a month in a world without any surge, the first weeks of learning left out."""
    alarms, complaints, spent = 0, 0, 0.0
    series = 0
    for seed in seeds:
        events = list(simulate(world, days, seed))
        begun = time.process_time()
        opened, watch = run(events)
        spent += time.process_time() - begun
        alarms += len(opened)
        complaints += len(events)
        series = max(series, watch.series)
    months = len(seeds) * (days * DAY - Surge().history) / MONTH
    return {
        "world": world.name,
        "complaints": complaints,
        "series": series,
        "months": round(months, 1),
        "false_alarms": alarms,
        "a_month": round(alarms / months, 2),
        "microseconds_per_complaint": round(1e6 * spent / complaints),
    }


def power(real: Sequence[Complained], seed: int) -> list[Found]:
    """What became of the surges injected into real complaints."""
    complaints, surges = inject(real, SIZES, BASES, seed)
    opened, _ = run(complaints)
    return [Found(surge, delay_of(surge, opened)) for surge in surges]


def delay_of(surge: Injected, opened: Iterable[Opened]) -> float | None:
    """Seconds from the surge's first moment to the incident about its product."""
    delays = (
        incident.at - surge.start
        for incident in opened
        if incident.key[0] == surge.product
        and surge.start <= incident.at <= surge.start + FOUND_WITHIN
    )
    return min(delays, default=None)


def table_of(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Power and delay by size and base rate."""
    rows = []
    for base in BASES:
        for size in SIZES:
            cell = [f for f in found if f.surge.size == size and _nearest(f.surge.base) == base]
            delays = sorted(f.delay for f in cell if f.delay is not None)
            rows.append(
                {
                    "base_a_day": base,
                    "size": size,
                    "surges": len(cell),
                    "found": len(delays),
                    "median_delay_hours": round(statistics.median(delays) / 3600, 1)
                    if delays
                    else None,
                }
            )
    return rows


def _nearest(base: float) -> float:
    return min(BASES, key=lambda known: abs(known / base if known > base else base / known))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print tables, or one JSON document."""
    options = _options().parse_args(arguments)
    worlds = [false_alarms(world, options.days, range(options.seeds)) for world in WORLDS]
    real = read_cfpb()
    opened, _ = run(real)
    months = ((real[-1].at - real[0].at) - Surge().history) / MONTH
    found = [item for seed in range(options.passes) for item in power(real, seed)]
    result = {
        "benchmark": "surge",
        "worlds": worlds,
        "real": {"complaints": len(real), "incidents_a_month": round(len(opened) / months, 2)},
        "real_incidents": [asdict(incident) for incident in opened],
        "power": table_of(found),
    }
    if options.json:
        sys.stdout.write(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(result)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.surge", description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="of each simulated world")
    parser.add_argument("--seeds", type=int, default=2, help="runs of each world")
    parser.add_argument("--passes", type=int, default=4, help="over the real complaints")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _print(result: dict[str, Any]) -> None:
    print("| world without a surge | complaints | series | months | false alarms a month |")
    print("| --- | --- | --- | --- | --- |")
    for row in result["worlds"]:
        print(
            f"| {row['world']} | {row['complaints']:,} | {row['series']:,} | {row['months']} | "
            f"{row['a_month']:.2f} |"
        )
    real = result["real"]
    print(f"\nCFPB as it is: {real['incidents_a_month']} incidents a month\n")
    print("| usual a day | injected in a day | surges | found | median delay, hours |")
    print("| --- | --- | --- | --- | --- |")
    for row in result["power"]:
        delay = "–" if row["median_delay_hours"] is None else row["median_delay_hours"]
        print(
            f"| {row['base_a_day']} | {row['size']} | {row['surges']} | {row['found']} | {delay} |"
        )


if __name__ == "__main__":
    main()
