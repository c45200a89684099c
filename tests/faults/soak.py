"""Random faults for as long as one likes: ``make soak MINUTES=60 SEED=7``.

Each round is a deployment of its own with two or three workers under load, to which three to six
faults happen; then the verifier looks. A seed gives the same rounds again, except for the timing.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.scenario import FAULTS, Scenario
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment

LONG_SILENCE = 60.0
"""Seconds that the broker cannot be reached, once every so often."""


def one_round(node: KafkaNode, folder: Path, seed: int) -> None:
    """One deployment, its faults, and the verdict. Raises AssertionError with what is wrong."""
    chance = random.Random(seed)
    workers, count = chance.choice((2, 3)), chance.randint(3, 6)
    store = chance.choice(("memory", "memory", "rocksdb"))
    once = chance.choice(("off", "off", "on"))
    print(f"seed {seed}: {workers} workers, store {store}, exactly once {once}", flush=True)
    variables = {"STORE": store, "EXACTLY_ONCE": once}
    with (
        Deployment(node.address, f"soak-{seed}", folder) as deployment,
        Scenario(deployment, node, variables, seed=seed, workers=workers) as scenario,
    ):
        for fault in chance.choices(FAULTS, k=count):
            print(f"  {fault.__name__}", flush=True)
            fault(scenario)
        if chance.random() < 0.1:
            print(f"  silence_broker for {LONG_SILENCE:g} s", flush=True)
            scenario.silence_broker(LONG_SILENCE)


def main() -> int:
    """Rounds until the time is up; the exit status is 1 after the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="that of the first round")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    end = time.monotonic() + options.minutes * 60
    rounds = 0
    with tempfile.TemporaryDirectory() as folder, KafkaNode(Path(folder) / "kafka") as node:
        while time.monotonic() < end or not rounds:
            place = Path(folder) / str(seed + rounds)
            place.mkdir()
            try:
                one_round(node, place, seed + rounds)
            except Exception as error:
                print(error)
                print(f"FAILED: make soak SEED={seed + rounds} MINUTES=0", file=sys.stderr)
                return 1
            rounds += 1
            print(f"  nothing lost, nothing twice ({rounds} rounds)", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
