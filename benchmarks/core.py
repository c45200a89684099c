"""The processor alone: events per second of one core, and where the time goes.

    python -m benchmarks.core [--world retail] [--repeat 8] [--events N] [--json]

`--world retail` is the Online Retail data; `--world telecom` is the generated company, in which
interactions, complaints, profiles and feedback are mixed. Events are JSON bytes in memory;
decoding, deciding, keeping the state and learning are the same code in the same batches as in the
worker. Rates are per second of consumed CPU time. *Undisturbed* takes each batch at its quickest of
all runs: the batches are the same work every time, so what is left out is what neighbours on the
processor took away. The other columns are whole runs.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from benchmarks import machine, memory
from benchmarks.drive import BATCH, Drive, Run, undisturbed
from benchmarks.sampling import Sampler
from benchmarks.wire import WireEvent
from benchmarks.worlds import WORLDS
from detectors.customer.partition import PREFIX
from detectors.policy import Policy
from streams.garbage import collect_rarely

RATES: Mapping[str, tuple[str, ...]] = {
    "decode": ("decode",),
    "process": ("process",),
    "decode + process": ("decode", "process"),
    "with all stages": ("decode", "process", "trainer", "portfolio", "signals"),
}
PARTS: Mapping[str, str] = {
    "schemas/codec.py:Codec.decode": "decode: JSON to checked events",
    "benchmarks/drive.py:Drive._decode.<locals>.<listcomp>": "decode: making the records",
    "detectors/customer/state.py:decode_state": "state: decode",
    "detectors/customer/state.py:encode_state": "state: encode",
    "detectors/customer/apply.py": "event: update of the state",
    "detectors/customer/history.py:day_of": "event: update of the state",
    "detectors/customer/history.py:settle": "event: update of the state",
    "detectors/customer/duplicates.py": "event: duplicates",
    "detectors/processor.py:PartitionProcessor._process_one": "event: control flow",
    "detectors/processor.py": "partition: deadlines and control flow",
    "detectors/customer/deadlines.py": "partition: deadlines and control flow",
    "detectors/customer/facts.py:facts_at": "review: facts",
    "detectors/scoring.py:Scorer.explain": "review: reasons",
    "detectors/alerts/reasons.py": "review: reasons",
    "detectors/scoring.py": "review: features and score",
    "detectors/messages/view.py:customer_view": "review: public view",
    "detectors/messages/example.py:training_example": "labels",
    "detectors/customer/labels.py": "labels",
    "detectors/messages/notice.py:portfolio_fact": "portfolio",
    "detectors/messages/churn_risk.py:churn_risk": "review: alerts",
    "detectors/messages/churn_risk.py:score_changes": "review: alerts",
    "detectors/messages/upgrade.py:upgrade_opportunity": "review: alerts",
    "detectors/alerts/": "review: alerts",
    "detectors/decisions.py": "review: control flow",
    "detectors/reviews.py": "review: control flow",
    "benchmarks/drive.py:Drive._learn": "trainer",
    "benchmarks/drive.py:Drive._sum_up": "portfolio",
    "benchmarks/drive.py:Drive._sense": "signals",
    "benchmarks/drive.py:Drive._keep": "(the benchmark's own store)",
}
"""The innermost frame that is listed counts, and of several lines for it the first."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    machine.use_one_core()
    events, policy = WORLDS[options.world](options.events)
    collect_rarely()  # as a worker does
    runs = [_run(events, policy) for _ in range(options.repeat)]
    with Sampler(PARTS) as sampler:
        _run(events, policy)
    result = {
        "benchmark": "core",
        "machine": surroundings,
        "world": options.world,
        "events": len(events),
        "batch": BATCH,
        "repeats": options.repeat,
        "events_per_second": _rates(runs),
        "shares": {part: round(share, 4) for part, share in sampler.shares().items()},
        "samples": sampler.samples.total(),
        "state": _state_sizes(runs[-1]),
        "outcomes": dict(runs[-1].outcomes),
        "outputs": dict(runs[-1].messages),
        "reviews": runs[-1].reviews,
    }
    if options.customers:
        footprint = memory.measure(runs[-1].store, options.customers)
        per_million = round(footprint.megabytes_per_million)
        result["memory"] = asdict(footprint) | {"megabytes_per_million": per_million}
    if options.json:
        sys.stdout.write(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(result)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.core", description=__doc__)
    parser.add_argument("--world", choices=WORLDS, default="retail", help="which events")
    parser.add_argument("--repeat", type=int, default=8, help="measured runs (default 8)")
    parser.add_argument("--events", type=int, default=0, help="only the first N events")
    parser.add_argument("--customers", type=int, default=200_000, help="for memory; 0: skip it")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _run(events: Sequence[WireEvent], policy: Policy) -> Run:
    return Drive(policy).go(events)


def _rates(runs: Sequence[Run]) -> dict[str, dict[str, int]]:
    rates = {}
    for name, parts in RATES.items():
        found = sorted(run.per_second(*parts) for run in runs)
        rates[name] = {
            "undisturbed": round(undisturbed(runs, *parts)),
            "best": round(found[-1]),
            "median": round(statistics.median(found)),
            "worst": round(found[0]),
        }
    return rates


def _state_sizes(run: Run) -> dict[str, int]:
    sizes = sorted(len(value) for key, value in run.store.items() if not key.startswith(PREFIX))
    return {
        "customers": len(sizes),
        "median_bytes": round(statistics.median(sizes)),
        "p90_bytes": sizes[int(0.9 * len(sizes))],
        "largest_bytes": sizes[-1],
    }


def _print(result: Mapping[str, Any]) -> None:
    about = result["machine"]
    print(f"{about['processor']}, one core; Python {about['python']}; load {about['load_before']}")
    about_work = f"{result['events']:,} events of {result['world']}, {result['reviews']:,} reviews"
    print(f"{about_work}, batches of {BATCH}\n")
    heads = ("undisturbed", "best", "median", "worst")
    print(f"{'events per CPU second':<30}" + "".join(f"{head:>12}" for head in heads))
    for name, rate in result["events_per_second"].items():
        print(f"  {name:<28}" + "".join(f"{rate[head]:>12,}" for head in heads))
    print(f"\nshare of the CPU time ({result['samples']:,} samples)")
    for part, share in result["shares"].items():
        print(f"  {part:<40}{share:>6.1%}")
    state = result["state"]
    print(
        f"\nstate of {state['customers']:,} customers: median {state['median_bytes']} B, "
        f"p90 {state['p90_bytes']} B, largest {state['largest_bytes']} B"
    )
    if "memory" in result:
        held = result["memory"]
        print(
            f"memory of a million customers: {held['megabytes_per_million']:,} MB "
            f"(RSS, measured with {held['customers']:,})"
        )


if __name__ == "__main__":
    main()
