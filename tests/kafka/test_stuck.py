"""Never a worker that is alive, idle and behind: it goes on by itself, or it says why and ends."""

import time

import pytest
from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove

from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.events import interactions
from tests.kafka.oracle import assert_exact
from tests.kafka.worker import WorkerUnderTest

LONG_FETCH_AND_SEEK = """
import asyncio
from aiokafka import AIOKafkaConsumer
from streams.worker.batching import BatchConsumer

fetch = BatchConsumer._getmany
seek = AIOKafkaConsumer.seek_to_beginning

async def long_fetch(self, active_partitions, timeout):
    return await fetch(self, active_partitions, 10.0)

async def long_seek(self, *places):
    await asyncio.sleep(1.5)
    return await seek(self, *places)

BatchConsumer._getmany = long_fetch
AIOKafkaConsumer.seek_to_beginning = long_seek
"""
"""A fetch waits longer for records than a rebalance takes, and the seek after it takes a while."""

DEAD_CONSUMER = """
import asyncio
from streams.worker.batching import BatchConsumer

async def never(self, active_partitions, timeout):
    await asyncio.Event().wait()

BatchConsumer._getmany = never
"""

HUNG_AGENT = """
import asyncio
from streams.worker.outbox import Outbox

async def never(self, *parcels):
    await asyncio.Event().wait()

Outbox.deliver = never
"""

SILENT_LOOP = """
import time
from streams.worker.deciding import Decider

Decider.decide = lambda self: time.sleep(600)
"""

RUN = """
from streams.cli.main import run
raise SystemExit(run(["worker"]))
"""


def kick(node: KafkaNode, group: str) -> None:
    """Take all members out of the group, as after a session that ran out: they join again."""
    client = KafkaAdminClient(bootstrap_servers=node.address)
    members = client.describe_groups([group])[group]["members"]
    found = [MemberToRemove(member_id=member["member_id"]) for member in members]
    client.remove_group_members(group, found)
    client.close()


def starts(worker: WorkerUnderTest) -> int:
    """How often it has begun to work on its partitions."""
    return worker.output.count("Working on partitions")


def test_law_4_records_that_come_while_a_worker_joins_again_are_not_passed_over(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    """An idle worker's fetch may outlast the rebalance; what it took then nobody would process."""
    deployment.produce("interactions", interactions(200))
    worker = deployment.worker("-c", LONG_FETCH_AND_SEEK + RUN)
    deployment.wait_done(worker)
    time.sleep(0.5)  # idle: a fetch is under way that waits for records
    kick(kafka, deployment.settings.app_id)
    deployment.wait_for(lambda: starts(worker) == 2, "the worker joining again")
    deployment.produce("interactions", interactions(200, begin=200))
    deployment.wait_done(worker)
    assert worker.stop() == 0, worker.output
    assert_exact(deployment)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (DEAD_CONSUMER, "no progress in partition"),
        (HUNG_AGENT, "no progress in partition"),
        (SILENT_LOOP, "event loop silent"),
    ],
    ids=["dead consumer", "hung agent", "silent loop"],
)
def test_a_stuck_worker_says_why_and_ends(
    deployment: Deployment, trouble: str, reason: str
) -> None:
    deployment.produce("interactions", interactions(100))
    worker = deployment.worker("-c", trouble + RUN, STALL_LIMIT="1s", STALL_EXIT="6s")
    deployment.wait_for(lambda: reason in worker.health, "a health page that says why")
    assert not worker.ready
    assert worker.wait() == 1
    assert reason in worker.output
    assert "CHURNSTREAM_STALL_EXIT" in worker.output
    assert deployment.lag() == 100, "something was acknowledged that nobody has processed"
