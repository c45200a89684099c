"""Workers die at any step, come and go, and freeze, under load: nothing is lost or done twice."""

import signal
from pathlib import Path

import msgspec
import pytest

from streams.topics import CHANGELOG
from streams.worker.failpoints import PLACES
from tests.faults.load import BEGIN, interaction
from tests.faults.scenario import Scenario
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment

GOLDEN = Path(__file__).parents[1] / "golden"


def test_law_3_power_fails_between_any_two_steps(kafka: KafkaNode, deployment: Deployment) -> None:
    with Scenario(deployment, kafka, seed=3, workers=1) as scenario:
        store = {"STORE": "rocksdb", "DATA_DIR": str(deployment.folder / "data")}
        for place in PLACES:
            victim = scenario.add(FAILPOINT=f"{place}:3", BATCH_SIZE="50", **store)
            scenario.workers.remove(victim)
            assert victim.wait() == -signal.SIGKILL, victim.look()


CASES, WAITING, ALERTS, REVIEW_DAY = 11, 13, 14, 16
"""Places in a stored state."""


def older_states(version: int) -> dict[bytes, bytes]:
    """Some customers as an older version of the product stored them, with nothing due."""
    fields = msgspec.msgpack.decode((GOLDEN / f"customer_state_v{version}.msgpack").read_bytes())
    for place, nothing in ((CASES, []), (WAITING, []), (ALERTS, {}), (REVIEW_DAY, 0)):
        fields[place] = nothing
    names = [f"old-{version}-{number}" for number in range(5)]
    return {
        name.encode(): msgspec.msgpack.encode([version, name, [-1] * 4, *fields[3:]])
        for name in names
    }


def test_workers_are_replaced_added_and_removed_on_states_of_older_versions(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    before = older_states(3) | older_states(2)
    deployment.produce(CHANGELOG, before.items())
    again = [(key, interaction(key.decode(), n, BEGIN, 8, "EUR")) for n, key in enumerate(before)]
    deployment.produce("interactions", again[::2])
    with Scenario(deployment, kafka, seed=4, before=before) as scenario:
        scenario.roll()
        scenario.grow_and_shrink()


@pytest.mark.parametrize("place", ["before-outputs", "after-outputs"])
def test_law_3_a_zombie_does_not_write_over_its_successor(
    deployment: Deployment, kafka: KafkaNode, place: str
) -> None:
    """It is frozen with a batch decided and not sent, and wakes when another has gone on."""
    with Scenario(deployment, kafka, seed=5, workers=1) as scenario:
        zombie = scenario.add(FAILPOINT=f"{place}:5:SIGSTOP", BATCH_SIZE="50")
        deployment.wait_for(lambda: zombie.halted, "the halt")
        successor, _ = scenario.workers
        deployment.wait_for(
            lambda: successor.output.count("Working on partitions 0, 1") == 2, "a successor"
        )
        scenario.pause(1)
        zombie.signal(signal.SIGCONT)
        deployment.wait_for(lambda: "Dropping the batch" in zombie.output, "the fence")
        scenario.all_ready()
