"""Workers die at any step, come and go, and freeze, under load: nothing is lost or done twice."""

import signal

import pytest

from streams.worker.failpoints import PLACES
from tests.faults.scenario import Scenario
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_law_3_power_fails_between_any_two_steps(
    kafka: KafkaNode, deployment: Deployment, store: str
) -> None:
    with Scenario(deployment, kafka, seed=3, workers=1) as scenario:
        for place in PLACES:
            victim = scenario.add(FAILPOINT=f"{place}:4", BATCH_SIZE="50")
            scenario.workers.remove(victim)
            assert victim.wait() == -signal.SIGKILL, victim.look()


def test_workers_come_and_go(kafka: KafkaNode, deployment: Deployment) -> None:
    with Scenario(deployment, kafka, seed=4) as scenario:
        scenario.kill()
        scenario.grow_and_shrink()
        scenario.roll()


def test_a_frozen_worker_comes_back(kafka: KafkaNode, deployment: Deployment) -> None:
    with Scenario(deployment, kafka, seed=5) as scenario:
        scenario.halt()
        scenario.halt()
