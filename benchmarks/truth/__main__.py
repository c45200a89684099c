"""What the product finds in a generated world, against what is true there.

    python -m benchmarks.truth [--customers 3000] [--days 400] [--seed 1] [--only PART] [--json]

Generates the world of `examples/telecom`, replays it, and compares level, cause, incidents, staff
risk, breaches, churn, discount-driven marks and the effect of retention contacts with the truth.
The default world takes some minutes.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks import machine
from benchmarks.truth.breaches import breaches
from benchmarks.truth.case import Case
from benchmarks.truth.causes import causes
from benchmarks.truth.churn import churn
from benchmarks.truth.discount import discount
from benchmarks.truth.incidents import incidents
from benchmarks.truth.levels import levels
from benchmarks.truth.staff import staff
from benchmarks.truth.treatment import treatment
from examples.telecom.scene import Scene
from streams.garbage import collect_rarely

PARTS: Mapping[str, Callable[[Case], dict[str, Any]]] = {
    "level": levels,
    "cause": causes,
    "incident": incidents,
    "breach": breaches,
    "staff": staff,
    "discount": discount,
    "churn": churn,
    "treatment": treatment,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print a table, or one JSON document; 2 for an unusable world."""
    options = _options().parse_args(arguments)
    try:
        scene = Scene(options.customers, options.days, options.seed)
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    surroundings = machine.describe()
    collect_rarely()
    with tempfile.TemporaryDirectory(prefix="churnstream-truth-") as folder:
        case = Case.make(Path(folder), scene)
        result = {
            "benchmark": "truth",
            "machine": surroundings,
            "world": {"customers": scene.customers, "days": scene.days, "seed": scene.seed},
            "events": case.summary["events"],
            "found": measure(case, options.only or PARTS),
        }
    if options.json:
        sys.stdout.write(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(result)
    return 0


def measure(case: Case, parts: Sequence[str] | Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """The named parts, compared."""
    return {part: PARTS[part](case) for part in parts}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.truth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PARTS, nargs="+", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _print(result: Mapping[str, Any]) -> None:
    world, events = result["world"], result["events"]
    print(f"{world['customers']:,} customers, {world['days']} days, seed {world['seed']}")
    print(f"{events['read']:,} events read, {events['applied']:,} applied")
    for part, found in result["found"].items():
        print(f"\n{part}")
        for name, value in found.items():
            if isinstance(value, list):
                for row in value:
                    told = ", ".join(f"{key} {_figure(figure)}" for key, figure in row.items())
                    print(f"  {told}")
            else:
                print(f"  {name.replace('_', ' '):<28}{_figure(value):>12}")


def _figure(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "–" if value is None else "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
