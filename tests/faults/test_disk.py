"""Disks that are full or broken: the worker's, under its store, and the broker's, under its log."""

import random
import shutil
from pathlib import Path

from detectors.customer.state import encode_state, new_state
from streams.topics import CHANGELOG
from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.faults.verifier import stored_in, verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.worker import WorkerUnderTest

LOAD = Load(seed=12, customers=400)
SMALL = 200_000
"""Bytes; the logs of RocksDB and of the broker's topics grow beyond that."""


def older_states(count: int) -> dict[bytes, bytes]:
    """What the changelog holds of customers of earlier days, each of 30 kB.

    Beyond 600 a partition RocksDB's write buffer is full before all are restored.
    """
    chance = random.Random(7)
    states = {}
    for number in range(count):
        state = new_state(f"older-{number}")
        state.evidence = [(0.0, chance.randbytes(15_000).hex())]
        states[state.customer_id.encode()] = encode_state(state)
    return states


def ended(worker: WorkerUnderTest) -> str:
    """The words of a worker that ended by itself, as it must."""
    assert worker.wait() == 1, worker.look()
    words = worker.output
    assert "Traceback" not in words
    assert "Error in recovery" not in words
    last = words.splitlines()[-1]
    assert last.startswith("churnstream: the store "), words
    return last


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


def test_a_recovery_that_cannot_be_written_ends_before_anything_is_done_on_a_part_of_it(
    deployment: Deployment,
) -> None:
    older = older_states(1500)
    deployment.produce(CHANGELOG, older.items())
    deployment.produce("interactions", LOAD.interactions(300))
    worker = deployment.worker(STORE="rocksdb")
    worker.limit_files(SMALL)
    assert "free space" in ended(worker)
    assert "Working on partitions" not in worker.output
    assert deployment.states() == older
    assert deployment.lag() == 300
    again = deployment.worker(STORE="rocksdb")
    deployment.wait_done(again)
    assert again.stop() == 0, again.output
    verify(deployment, before=older, store=stored_in(deployment.folder / "data"))


def test_a_standby_that_cannot_be_written_ends_and_leaves_the_others_their_work(
    deployment: Deployment,
) -> None:
    folder = str(deployment.folder / "other")
    deployment.produce("interactions", LOAD.interactions(300))
    first = deployment.worker(STORE="rocksdb")
    second = deployment.worker(STORE="rocksdb", DATA_DIR=folder)
    deployment.wait_for(lambda: first.ready and second.ready, "two ready workers")
    deployment.wait_done(first, second)
    second.limit_files(SMALL)
    older = older_states(2200)  # up to eight fetches of a standby wait before they are stored
    deployment.produce(CHANGELOG, older.items())
    assert "free space" in ended(second)
    deployment.produce("interactions", LOAD.interactions(300, begin=300))
    deployment.wait_done(first)
    assert first.stop() == 0, first.output
    again = deployment.worker(STORE="rocksdb", DATA_DIR=folder)
    deployment.wait_for(lambda: again.ready, "a ready worker")
    assert again.stop() == 0, again.output
    verify(deployment, before=older, store=stored_in(Path(folder)))


def test_a_damaged_store_ends_the_worker_and_is_restored_when_it_is_removed(
    deployment: Deployment,
) -> None:
    older = older_states(300)
    deployment.produce(CHANGELOG, older.items())
    first = deployment.worker(STORE="rocksdb")
    deployment.wait_for(lambda: first.ready, "a ready worker")
    assert first.stop() == 0, first.output
    files = list((deployment.folder / "data").rglob("*.sst"))
    assert files
    for path in files:
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(b"\xff" * 64)
    deployment.produce("interactions", LOAD.interactions(300))
    second = deployment.worker(STORE="rocksdb")
    assert "remove that folder" in ended(second)
    assert "Working on partitions" not in second.output
    assert deployment.lag() == 300
    for path in files:
        shutil.rmtree(path.parent, ignore_errors=True)
    third = deployment.worker(STORE="rocksdb")
    deployment.wait_done(third)
    assert third.stop() == 0, third.output
    verify(deployment, before=older, store=stored_in(deployment.folder / "data"))


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
