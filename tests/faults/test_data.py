"""Data as nobody wants it: garbage in bursts, repeats, disorder, wrong clocks, storms."""

from datetime import timedelta

from tests.faults.load import BEGIN, Load, complaints, interaction
from tests.faults.scenario import Scenario
from tests.faults.verifier import verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment


def test_law_4_a_burst_of_garbage_halts_all_workers_until_somebody_decides(
    deployment: Deployment,
) -> None:
    cautious = {"DEAD_LETTER_WINDOW": "200", "DEAD_LETTER_LIMIT": "0.05", "BATCH_SIZE": "100"}
    workers = [deployment.worker(**cautious), deployment.worker(**cautious)]
    deployment.wait_for(lambda: all(worker.ready for worker in workers), "ready workers")
    deployment.produce("interactions", Load(seed=10).interactions(500))
    deployment.wait_done(*workers)
    poisoned = Load(seed=10, garbage=0.1)
    deployment.produce("interactions", poisoned.interactions(3000, begin=500))
    for worker in [*workers, deployment.worker(**cautious)]:
        assert worker.wait() == 1, "it went on, at once or after a restart"
        assert "records are unusable" in worker.output
        assert "DEAD_LETTER_LIMIT" in worker.output
    assert deployment.lag() > 0, "the burst was consumed"
    permitted = deployment.worker(**cautious | {"DEAD_LETTER_LIMIT": "0.2"})
    deployment.wait_done(permitted)
    assert permitted.stop() == 0, permitted.output
    verify(deployment)


def test_storms_repeats_disorder_and_a_wrong_clock(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    wild = Load(seed=11, repeats=0.2, disorder=0.5, too_late=0.05, ahead=0.05)
    with Scenario(deployment, kafka, seed=11, load=wild) as scenario:
        storm = (
            (b"stormy", interaction("stormy", 10**6 + n, BEGIN + timedelta(seconds=n // 10), 40))
            for n in range(5000)
        )
        deployment.produce("interactions", storm)
        deployment.produce("complaints", complaints(1000, begin=1000, customers=1000))
        scenario.kill()
