"""When a fetcher asks for topics for which nobody waits."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.subscription_state import SubscriptionState

from streams.kafka.unhurried import FEW, PAUSE, pause_between_fetches

INPUT, EXAMPLES = TopicPartition("interactions", 0), TopicPartition("training-examples", 0)


class Rig:
    """A fetcher that plans its fetches of one broker at moments that a test chooses."""

    def __init__(self) -> None:
        client: Any = AIOKafkaClient()
        client.cluster.leader_for_partition = lambda _: 1
        subscriptions = SubscriptionState()
        subscriptions.assign_from_user([INPUT, EXAMPLES])
        self.assignment: Any = subscriptions.subscription.assignment
        self.fetcher = Fetcher(client, subscriptions)
        self.now = 1000.0
        pause_between_fetches(self.fetcher, {EXAMPLES.topic}.__contains__, lambda: self.now)
        for tp in (INPUT, EXAMPLES):
            self.state(tp).reset_to(7)

    def state(self, tp: TopicPartition) -> Any:
        """What aiokafka knows of the partition."""
        return self.assignment.state_value(tp)

    def bring(self, tp: TopicPartition, count: int) -> None:
        """The agents take what a fetch has brought."""
        self.state(tp).consumed_to(self.state(tp).position + count)

    def asked(self) -> dict[str, int]:
        """Topics of the fetch that would be sent now, with the offset that it asks for."""
        ((_, request),) = self.fetcher._get_actions_per_node(self.assignment)[0]
        return {topic: parts[0][1] for topic, parts in request.topics}


def rigged(law: Callable[[Rig], None]) -> None:
    """Check a law where a fetcher can live: inside an event loop."""

    async def inside() -> None:
        rig = Rig()
        try:
            law(rig)
        finally:
            await rig.fetcher.close()

    asyncio.run(inside())


def test_a_topic_that_has_brought_nothing_is_asked_for_in_each_fetch() -> None:
    def law(rig: Rig) -> None:
        for _ in range(3):
            assert rig.asked() == {"interactions": 7, "training-examples": 7}

    rigged(law)


def test_after_a_few_records_it_pauses_and_the_others_go_on() -> None:
    def law(rig: Rig) -> None:
        rig.asked()
        rig.bring(EXAMPLES, 1)
        rig.bring(INPUT, 1)
        assert rig.asked() == {"interactions": 8}
        rig.now += PAUSE - 0.01
        assert rig.asked() == {"interactions": 8}
        rig.now += 0.02
        assert rig.asked() == {"interactions": 8, "training-examples": 8}

    rigged(law)


def test_a_backlog_is_read_without_pauses() -> None:
    def law(rig: Rig) -> None:
        rig.asked()
        rig.bring(EXAMPLES, FEW)
        assert rig.asked() == {"interactions": 7, "training-examples": 7 + FEW}

    rigged(law)


def test_topics_that_are_not_chosen_never_pause() -> None:
    def law(rig: Rig) -> None:
        rig.asked()
        rig.bring(INPUT, 1)
        assert rig.asked() == {"interactions": 8, "training-examples": 7}

    rigged(law)


def test_a_position_that_is_looked_for_anew_is_looked_for_at_once() -> None:
    def law(rig: Rig) -> None:
        rig.asked()
        rig.bring(EXAMPLES, 1)
        rig.asked()
        rig.state(EXAMPLES).await_reset(1)
        assert list(rig.fetcher._get_actions_per_node(rig.assignment)[1].values()) == [[EXAMPLES]]
        rig.state(EXAMPLES).seek(3)
        rig.now += PAUSE
        assert rig.asked()["training-examples"] == 3

    rigged(law)
