"""What waits in the producer when the partitions go is never sent, however late that turns out."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from streams.kafka.connection import aiokafka_options
from streams.worker.lease import Lease, LeaseLostError
from streams.worker.outbox import Outbox, Parcel
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment

LENGTH = 2.0
"""Seconds that a lease is held."""


class Rig:
    """A worker's outbox whose membership the test decides on."""

    def __init__(self, deployment: Deployment, node: KafkaNode, **options: int) -> None:
        self.deployment, self.node = deployment, node
        self.now = 100.0
        self.lease = Lease(LENGTH, lambda: self.now)
        connection = aiokafka_options(deployment.settings) | options
        self.outbox = Outbox(connection, self.lease, lambda topic: None)

    def run(self, story: Callable[["Rig"], Awaitable[None]]) -> list[bytes | None]:
        """Let a story happen; what it left in the topic, in order."""

        async def tell() -> None:
            self.lease.begin(self.now)
            async with self.outbox:
                await story(self)

        asyncio.run(asyncio.wait_for(tell(), 60))
        return [item.value for item in self.deployment.read("churn-risk")]

    def lose(self) -> None:
        """The lease has run out, and the partitions go."""
        self.now += LENGTH
        self.lease.give_up()

    def deliver(self, value: bytes) -> "asyncio.Task[object]":
        """Begin to send one record."""
        parcel = Parcel()
        parcel.add((self.deployment.name("churn-risk"), 0), b"key", value)
        return asyncio.create_task(self.outbox.deliver(parcel))

    async def one_on_its_way_three_waiting(self) -> "list[asyncio.Task[object]]":
        """Four records handed to the producer, each behind the one before; none acknowledged."""
        self.node.signal(signal.SIGSTOP)
        tasks = []
        for value in (b"on its way", b"second", b"third", b"fourth"):
            tasks.append(self.deliver(value))
            await asyncio.sleep(0.1)
        return tasks


async def dropped(tasks: "Iterable[asyncio.Task[object]]") -> None:
    """All of them end, and say that the lease was lost."""
    for task in tasks:
        with pytest.raises(LeaseLostError):
            await task


@pytest.fixture
def rig(deployment: Deployment, kafka: KafkaNode) -> Rig:
    """On a fresh topic."""
    return Rig(deployment, kafka)


def test_law_3_what_waited_in_the_producer_is_dropped_with_the_lease(rig: Rig) -> None:
    async def story(rig: Rig) -> None:
        await rig.deliver(b"before")
        first, *waiting = await rig.one_on_its_way_three_waiting()
        rig.lose()
        rig.node.signal(signal.SIGCONT)
        await first
        await dropped(waiting)
        rig.lease.begin(rig.now)
        await rig.deliver(b"after")

    assert rig.run(story) == [b"before", b"on its way", b"after"]


def test_law_3_a_new_lease_does_not_release_what_waited_under_the_old_one(rig: Rig) -> None:
    async def story(rig: Rig) -> None:
        await rig.deliver(b"before")
        tasks = await rig.one_on_its_way_three_waiting()
        rig.lose()
        await dropped([rig.deliver(b"refused at once")])
        rig.lease.begin(rig.now)
        await dropped(tasks)
        rig.node.signal(signal.SIGCONT)
        await rig.deliver(b"after")

    assert rig.run(story) == [b"before", b"on its way", b"after"]


def test_what_waits_goes_on_in_order_when_the_group_answers_again(rig: Rig) -> None:
    async def story(rig: Rig) -> None:
        await rig.deliver(b"before")
        tasks = await rig.one_on_its_way_three_waiting()
        rig.now += LENGTH
        tasks += [rig.deliver(b"fifth"), rig.deliver(b"sixth")]
        rig.node.signal(signal.SIGCONT)
        await tasks[0]
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in tasks[1:])
        rig.lease.renew(rig.now)
        await asyncio.gather(*tasks)

    assert rig.run(story)[2:] == [b"second", b"third", b"fourth", b"fifth", b"sixth"]


def test_what_waits_for_its_topic_ends_with_the_lease_too(rig: Rig) -> None:
    async def story(rig: Rig) -> None:
        parcel = Parcel({("nowhere", 0): [(b"key", b"nowhere")]})
        waiting = asyncio.create_task(rig.outbox.deliver(parcel))
        await asyncio.sleep(0.5)
        rig.lose()
        await dropped([rig.deliver(b"refused at once")])
        await asyncio.wait_for(dropped([waiting]), 5)

    assert rig.run(story) == []


def test_a_topic_that_the_broker_does_not_tell_of_is_waited_for(
    deployment: Deployment, kafka: KafkaNode
) -> None:
    """Silent or not: aiokafka says after a while that there is none. `TopicWatch` looks closer."""

    async def story(rig: Rig) -> None:
        name = f"{deployment.settings.app_id}-late"
        parcel = Parcel({(name, 0): [(b"key", b"late")]})
        sending = asyncio.create_task(rig.outbox.deliver(parcel))
        await asyncio.sleep(2)
        assert not sending.done()
        client = KafkaAdminClient(bootstrap_servers=kafka.address)
        client.create_topics([NewTopic(name, 1, 1)])
        client.close()
        assert await sending == {(name, 0): 0}

    Rig(deployment, kafka, request_timeout_ms=1000).run(story)
