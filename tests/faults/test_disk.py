"""Disks that are full: the worker's, under its store, and the broker's, under its log."""

from pathlib import Path

from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.faults.verifier import stored_in, verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment

LOAD = Load(seed=12, customers=400)
SMALL = 200_000
"""Bytes; the logs of RocksDB and of the broker's topics grow beyond that."""


def test_a_store_that_cannot_be_written_ends_the_worker_with_a_word(
    deployment: Deployment,
) -> None:
    deployment.produce("interactions", LOAD.interactions(200))
    worker = deployment.worker(STORE="rocksdb", BATCH_SIZE="100")
    deployment.wait_done(worker)
    worker.limit_files(SMALL)
    deployment.produce("interactions", LOAD.interactions(3000, begin=200))
    assert worker.wait() == 1
    assert "free space" in worker.output
    assert deployment.lag() > 0
    again = deployment.worker(STORE="rocksdb")
    deployment.wait_done(again)
    assert again.stop() == 0, again.output
    verify(deployment, store=stored_in(deployment.folder / "data"))


def test_a_log_that_cannot_be_written_ends_the_broker_and_the_worker_waits_for_it(
    own_kafka: KafkaNode, tmp_path: Path
) -> None:
    with (
        Deployment(own_kafka.address, "full", tmp_path) as deployment,
        Scenario(deployment, own_kafka, seed=12, workers=1) as scenario,
    ):
        own_kafka.limit_files(SMALL)
        own_kafka.wait()
        scenario.pause(1)
        own_kafka.start()
        scenario.pause(1)
