"""The stages on topics of one partition: what they do when the topic goes to another worker."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from detectors.effects import Message
from streams.worker.lease import LeaseLostError
from streams.worker.rounds import Names
from streams.worker.single import SingleStage, Step


class Stream:
    """Events without records, each of a generation of the group, which note their ack."""

    def __init__(self, *generations: int) -> None:
        self.acked: list[int] = []
        self._events = [
            SimpleNamespace(
                value=[SimpleNamespace(value=None)],
                message=SimpleNamespace(generation_id=generation),
                ack=lambda number=number: self.acked.append(number),
            )
            for number, generation in enumerate(generations)
        ]

    def noack(self) -> "Stream":
        """As Faust's streams."""
        return self

    async def events(self) -> AsyncIterator[Any]:
        """All events."""
        for event in self._events:
            yield event


class Teller:
    """A work that publishes one message for each event."""

    def take(self, payloads: Any) -> Step:
        """See `Work`."""
        return Step([Message("situation", b"k", b"v")], 10**6)


class Outbox:
    """The first delivery finds the lease lost."""

    def __init__(self) -> None:
        self._delivered = 0

    async def deliver(self, *parcels: Any) -> None:
        """See `Outbox`."""
        self._delivered += 1
        if self._delivered == 1:
            raise LeaseLostError


def test_nothing_is_acknowledged_behind_what_was_dropped_until_it_comes_again() -> None:
    async def begin() -> Any:
        return Teller()

    names = Names({}, {"situation": "situation"}, frozenset({"situation"}), "changelog")
    outbox: Any = Outbox()
    stage: SingleStage[Any] = SingleStage(
        "signals", names=names, outbox=outbox, begin=begin, observe=lambda _: None
    )
    stream = Stream(1, 1, 1, 2, 2)
    asyncio.run(stage.run(stream))
    assert stream.acked == [3, 4]
