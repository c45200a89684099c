"""Writes a telecom world: a source for churnstream, a policy, and the truth beside them.

    python -m examples.telecom.generate --out world
    churnstream check --policy world/policy.toml --source world/interactions.toml
    churnstream replay --policy world/policy.toml --out results \\
        --source world/interactions.toml --source world/complaints.toml \\
        --source world/profiles.toml --source world/feedback.toml

Equal options give equal bytes. The folder `truth` is for comparison; the product never reads it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from examples.telecom.files import write_world
from examples.telecom.scene import Scene
from examples.telecom.simulate import simulate


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate a world; 0 if it is written, 2 if the options are not usable."""
    options = _options().parse_args(arguments)
    try:
        scene = Scene(options.customers, options.days, options.seed)
        counts = write_world(simulate(scene), options.out)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps({"out": str(options.out), "rows": counts}) + "\n")
    else:
        told = ", ".join(f"{count:,} {topic}" for topic, count in counts.items())
        sys.stdout.write(f"{options.out}: {scene.customers:,} customers, {told}\n")
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.telecom.generate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder")
    parser.add_argument("--customers", type=int, default=3_000, help="how many (default 3000)")
    parser.add_argument("--days", type=int, default=400, help="how long (default 400)")
    parser.add_argument("--seed", type=int, default=1, help="which world (default 1)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
