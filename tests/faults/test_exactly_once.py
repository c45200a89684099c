"""With transactions each output is there once, and the broker itself refuses a zombie."""

import signal

import pytest

from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.faults.verifier import LETTERS, OUTPUTS, verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment


def assert_no_repeats(deployment: Deployment) -> None:
    """Whoever reads committed records sees no message twice."""
    assert {topic: deployment.repeats(topic) for topic in (*OUTPUTS, LETTERS)} == dict.fromkeys(
        (*OUTPUTS, LETTERS), 0
    )


def test_each_output_is_there_once_although_workers_die_and_freeze(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    with Scenario(deployment, kafka, {"EXACTLY_ONCE": "on"}, seed=13, workers=1) as scenario:
        for place in ("before-outputs", "after-changelog", "after-acks"):
            victim = scenario.add(FAILPOINT=f"{place}:3", BATCH_SIZE="50")
            scenario.workers.remove(victim)
            assert victim.wait() == -signal.SIGKILL, victim.look()
        scenario.add()
        scenario.all_ready()
        scenario.halt()
    assert_no_repeats(deployment)


@pytest.mark.parametrize("exactly_once", ["off", "on"])
def test_a_zombie_without_a_lease_is_refused_by_the_broker(
    deployment: Deployment, exactly_once: str
) -> None:
    """Without transactions the same zombie does its harm: the lease is what keeps it from that."""
    variables = {"EXACTLY_ONCE": exactly_once, "BATCH_SIZE": "50"}
    deployment.produce("interactions", Load(seed=14).interactions(1000))
    planted = ("-m", "tests.faults.planted", "unfenced")
    zombie = deployment.worker(*planted, FAILPOINT="before-outputs:5:SIGSTOP", **variables)
    deployment.wait_for(lambda: zombie.halted, "the halt")
    successor = deployment.worker(**variables)
    deployment.wait_done(successor)
    zombie.signal(signal.SIGCONT)
    deployment.wait_for(lambda: zombie.output.count("Working on") == 2, "its return")
    for worker in (zombie, successor):
        assert worker.stop() == 0, worker.look()
    if exactly_once == "on":
        verify(deployment)
        assert_no_repeats(deployment)
    else:
        with pytest.raises(AssertionError, match="applied offset: "):
            verify(deployment)
