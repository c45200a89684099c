"""The broker restarts, falls silent, answers in jerks: the workers go on by themselves."""

from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.topics import CHANGELOG
from tests.faults.scenario import Scenario
from tests.kafka.cluster import KafkaCluster, KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.fixtures import require_kafka


def test_a_broker_that_restarts_falls_silent_and_is_slow(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    with Scenario(deployment, kafka, seed=6) as scenario:
        scenario.restart_broker()
        scenario.silence_broker()
        scenario.slow_broker()


def test_a_broker_that_cannot_be_reached_for_a_minute(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    """Longer than sessions, requests, and what a producer waits for by default."""
    with Scenario(deployment, kafka, seed=8, workers=3) as scenario:
        scenario.silence_broker(60.0)


def leader_of(cluster: KafkaCluster, topic: str, partition: int) -> KafkaNode | None:
    """The node that leads a partition now; None while that cannot be told."""
    client = KafkaAdminClient(bootstrap_servers=cluster.address.split(","))
    try:
        (described,) = client.describe_topics([topic])
    except KafkaError:
        return None
    finally:
        client.close()
    (found,) = [p for p in described["partitions"] if p["partition_index"] == partition]
    return next((n for n in cluster.nodes if n.member.number == found["leader_id"]), None)


def test_leaders_change_among_three_brokers(tmp_path: Path) -> None:
    require_kafka()
    with (
        KafkaCluster(tmp_path / "kafka") as cluster,
        Deployment(cluster.address, "three", tmp_path, replication=3) as deployment,
        Scenario(deployment, cluster.nodes[0], seed=9) as scenario,
    ):
        topic = deployment.name(CHANGELOG)
        leader = leader_of(cluster, topic, 0)
        assert leader is not None
        leader.stop(kill=True)
        deployment.wait_for(lambda: leader_of(cluster, topic, 0) not in (None, leader), "a leader")
        scenario.pause(2)
        scenario.all_ready()
        leader.start()
        scenario.pause(1)
