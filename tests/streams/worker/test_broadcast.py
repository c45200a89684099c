"""Waiting for what was published, also while no broker answers."""

import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError

from streams.worker.broadcast import TOPICS, Broadcast


class SilentBroker:
    """A consumer at the end of its topics, whose broker does not answer some times."""

    def __init__(self, silent: int) -> None:
        self.silent = silent

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The ends, or what aiokafka raises after its request timeout."""
        if self.silent:
            self.silent -= 1
            raise KafkaTimeoutError("Failed to get offsets by times in 40000 ms")
        return dict.fromkeys(places, 7)

    async def position(self, place: TopicPartition) -> int:
        """Where the consumer is."""
        return 7


def test_a_recovery_waits_for_a_broker_that_is_silent_longer_than_a_request() -> None:
    async def wait() -> SilentBroker:
        broadcast = Broadcast({}, {name: name for name in TOPICS}, _unused, _unused)
        broadcast._at_end.set()
        broadcast._consumer = consumer = SilentBroker(silent=3)
        await broadcast.caught_up()
        return consumer

    assert asyncio.run(wait()).silent == 0


def _unused(_: Any) -> None:
    raise AssertionError
