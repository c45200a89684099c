"""A standby holds all that the owner has written, however its own beginning went."""

import signal

from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.faults.verifier import stored_in, verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment

LOAD = Load(seed=15, customers=2000)

BUSY = """
import asyncio
from mode.utils.queues import ThrowableQueue
from streams.cli.main import run
from streams.worker.broadcast import Broadcast

get = ThrowableQueue.get
caught_up = Broadcast.caught_up

async def late_get(self):
    await asyncio.sleep(0.3)
    return await get(self)

async def late(self):
    await asyncio.sleep(1.5)
    await caught_up(self)

ThrowableQueue.get = late_get
Broadcast.caught_up = late
raise SystemExit(run(["worker"]))
"""
"""It has much to do: states wait in Faust's queue, and it takes a while before it begins."""


def test_law_3_a_standby_misses_nothing_while_its_worker_begins(
    kafka: KafkaNode, deployment: Deployment
) -> None:
    with Scenario(deployment, kafka, seed=15, workers=1, load=LOAD) as scenario:
        (owner,) = scenario.workers
        scenario.add("-c", BUSY, STORE="rocksdb")
        scenario.all_ready()
        scenario.pause(1)
        scenario.workers.remove(owner)
        owner.signal(signal.SIGKILL)
        scenario.all_ready()
        scenario.pause(0.5)
    verify(deployment, store=stored_in(deployment.folder / "data-1"))
