"""Somebody works on the topics: what no worker can go on with is refused, with the remedy."""

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions

from streams.topics import CHANGELOG
from tests.faults.load import Load
from tests.faults.verifier import verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment

LOAD = Load(seed=8)
LOOKS_OFTEN = """
from streams.cli.main import run
from streams.worker import topic_watch

topic_watch.EVERY = 0.5
raise SystemExit(run(["worker"]))
"""


def configure(kafka: KafkaNode, topic: str, **configs: str) -> None:
    """Set a topic's configuration, as an operator does."""
    client = KafkaAdminClient(bootstrap_servers=kafka.address)
    wanted = {key.replace("_", "."): value for key, value in configs.items()}
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=wanted)])
    client.close()


def test_a_changelog_that_lost_its_compaction_and_partitions_that_came(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    changelog, interactions = deployment.name(CHANGELOG), deployment.name("interactions")
    configure(kafka, changelog, cleanup_policy="delete")
    refused = deployment.worker()
    assert refused.wait() == 1
    assert f"{changelog}: cleanup.policy is delete, wanted compact" in refused.output
    assert "--add-config cleanup.policy=compact" in refused.output

    configure(kafka, changelog, cleanup_policy="compact")
    deployment.produce("interactions", LOAD.interactions(300))
    worker = deployment.worker("-c", LOOKS_OFTEN)
    deployment.wait_done(worker)
    configure(kafka, changelog, cleanup_policy="delete")
    deployment.wait_for(lambda: "changed the topics" in worker.output, "a warning")
    deployment.produce("interactions", LOAD.interactions(100, begin=300))
    deployment.wait_done(worker)
    verify(deployment)

    client = KafkaAdminClient(bootstrap_servers=kafka.address)
    client.create_partitions({interactions: NewPartitions(3)})
    client.close()
    assert worker.wait() == 1
    assert f"{interactions}: partitions is 3, wanted 2" in worker.output
    again = deployment.worker()
    assert again.wait() == 1
    assert "create the odd ones anew" in again.output
