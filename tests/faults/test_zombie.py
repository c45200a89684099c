"""A worker that was halted beyond its session must not write over the one that took its place."""

import signal

import pytest

from tests.faults.load import Load
from tests.faults.verifier import verify
from tests.kafka.deployment import Deployment

LOAD = Load(seed=2)


@pytest.mark.parametrize("place", ["before-outputs", "after-outputs"])
def test_a_zombie_does_not_write_over_its_successor(deployment: Deployment, place: str) -> None:
    deployment.produce("interactions", LOAD.interactions(1000))
    zombie = deployment.worker(FAILPOINT=f"{place}:5:SIGSTOP", BATCH_SIZE="50")
    deployment.wait_for(lambda: zombie.halted, "the halt")
    successor = deployment.worker(BATCH_SIZE="50")
    deployment.wait_done(successor)
    deployment.produce("interactions", LOAD.interactions(500, begin=1000))
    deployment.wait_done(successor)
    zombie.signal(signal.SIGCONT)
    deployment.wait_for(lambda: zombie.ready or not zombie.alive, "the zombie to come to itself")
    verify(deployment)
    deployment.produce("interactions", LOAD.interactions(500, begin=1500))
    deployment.wait_done(successor)
    for worker in (zombie, successor):
        if worker.alive:
            assert worker.stop() == 0, worker.output
    verify(deployment)
