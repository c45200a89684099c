"""Bad topics, bad records and a broker that goes away: a clear word, and nothing lost."""

import time
from pathlib import Path
from uuid import uuid4

from kafka import KafkaAdminClient

from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.events import interactions
from tests.kafka.oracle import assert_exact


def test_topics_with_other_partition_counts_are_refused(kafka: KafkaNode, tmp_path: Path) -> None:
    name = f"t{uuid4().hex[:8]}"
    with Deployment(kafka.address, name, tmp_path, create=False) as deployment:
        client = KafkaAdminClient(bootstrap_servers=kafka.address)
        odd = {deployment.name("complaints"): {"num_partitions": 3, "replication_factor": 1}}
        client.create_topics(odd)
        client.close()
        worker = deployment.worker()
        assert worker.wait() == 1
        assert "missing" in worker.output
        assert "churnstream topics create" in worker.output
        client = KafkaAdminClient(bootstrap_servers=kafka.address)
        wanted = {
            deployment.name(topic): {"num_partitions": count, "replication_factor": 1}
            for topic, count in (("interactions", 2), ("profiles", 2), ("feedback", 2))
        }
        client.create_topics(wanted)
        client.close()
        worker = deployment.worker()
        assert worker.wait() == 1
        assert f"{name}.complaints: partitions is 3, wanted 2" in worker.output


def test_odd_records_become_dead_letters_and_the_rest_goes_on(deployment: Deployment) -> None:
    good = list(interactions(200))
    customer, event = good[0]
    odd = [
        (customer, b'{"event_id": "cut'),
        (customer, b""),
        (customer, None),
        (None, event),
        (b"someone-else", event),
        (customer, b"\xff\xfe"),
        (customer, b'{"specversion": "9.9", "id": "1", "source": "s", "type": "t", "data": {}}'),
        (customer, b'{"filler": "' + b"x" * 900_000 + b'"}'),
        (customer, b"[" * 100_000),
        (customer, event.replace(b'"purchase"', b"17")),
    ]
    deployment.produce("interactions", [*good[:100], *odd, *good[100:]])
    worker = deployment.worker()
    deployment.wait_done(worker)
    assert worker.stop() == 0, worker.output
    assert_exact(deployment)
    assert len(deployment.outputs("dead-letters")) == len(odd)


def test_a_worker_whose_broker_is_gone_still_stops(own_kafka: KafkaNode, tmp_path: Path) -> None:
    with Deployment(own_kafka.address, "gone", tmp_path) as deployment:
        deployment.produce("interactions", interactions(200))
        worker = deployment.worker()
        deployment.wait_done(worker)
        own_kafka.stop(kill=True)
        begin = time.monotonic()
        worker.stop()
        assert time.monotonic() - begin < 40
