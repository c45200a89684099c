"""Sees that the topics are fit for a worker: before it starts, and while it runs.

Partitions that somebody adds to a topic move customers away from their states, and nobody reads
them; Kafka lets it happen, and a consumer hears of it after minutes or never.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from mode import Service

from streams.errors import ChurnstreamError
from streams.kafka import topic_admin
from streams.kafka.clients import BrokerUnreachableError, admin_client
from streams.kafka.topic_admin import Difference, TopicError
from streams.settings import Settings

log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two looks."""
TOLD = 5
"""So many differences are named."""
CUTS = {"topic", "partitions"}
"""Differences with which records would go where nobody processes them."""


class TopicsUnfitError(ChurnstreamError):
    """Topics are missing, or set up in a way with which a worker would lose data."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        named = "; ".join(map(str, differences[:TOLD])) + (" …" if len(differences) > TOLD else "")
        super().__init__(f"the topics do not fit: {named}; {_remedy(differences)}")


def _remedy(differences: Sequence[Difference]) -> str:
    found = {item.what for item in differences}
    if "topic" in found:
        return "run `churnstream topics create`"
    if "partitions" in found:
        return (
            "topics keyed by customer need equal partition counts, internal ones one partition: "
            "create the odd ones anew, or choose another CHURNSTREAM_TOPIC_PREFIX"
        )
    wanted = ",".join(sorted({f"{item.what}={item.wanted}" for item in differences}))
    return f"set it back with Kafka's own tool: `kafka-configs.sh --alter --add-config {wanted}`"


def serious_differences(settings: Settings) -> list[Difference]:
    """What is wrong with the topics so that a worker would lose data or stop.

    Raises `BrokerUnreachableError` and `TopicError`.
    """
    with admin_client(settings) as client:
        states = topic_admin.describe(client, settings)
    return [item for item in topic_admin.check(states, settings) if item.serious]


def check_topics(settings: Settings) -> None:
    """Raise `TopicsUnfitError` unless all topics exist with partitions and settings that fit."""
    if serious := serious_differences(settings):
        raise TopicsUnfitError(serious)


class TopicWatch(Service):
    """Looks at the topics now and then: stops the worker, or warns where it may work on."""

    mundane_level = "debug"

    def __init__(
        self, settings: Settings, give_up: Callable[[TopicsUnfitError], None], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._settings = settings
        self._give_up = give_up
        self._warned: list[Difference] = []

    async def on_start(self) -> None:
        """Begin."""
        self.add_future(self._look())

    async def _look(self) -> None:
        while not self.should_stop:
            await self.sleep(EVERY)
            try:
                serious = await asyncio.to_thread(serious_differences, self._settings)
            except (BrokerUnreachableError, TopicError) as error:
                log.debug("The topics cannot be looked at: %s", error)
                continue
            cut = [item for item in serious if item.what in CUTS]
            if cut:
                self._give_up(TopicsUnfitError(cut))
                return
            if serious != self._warned:
                self._warned = serious
                if serious:
                    log.error("Somebody has changed the topics: %s", TopicsUnfitError(serious))
