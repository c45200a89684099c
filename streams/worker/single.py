"""The stages on topics of one partition: trainer and portfolio, each on one worker at a time.

Their memory is not a table but what they publish: a new owner begins with the last published
value and the source offsets that it does not contain. So events are acknowledged only when a
published value contains them, or nothing will ever need them again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from detectors.effects import Message
from schemas.codec import decode_output
from streams.worker.lease import LeaseLostError
from streams.worker.outbox import Outbox, Parcel
from streams.worker.rounds import Names

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

SLICE = 200
"""At most so many payloads are taken in at once, so that the event loop goes on."""


@dataclass(slots=True)
class Step:
    """What taking in payloads led to: messages to publish, and what need not be read again.

    ``contained``: how many of the payloads taken in since the owner began, counted from the first,
    are in what is published (including ``messages``) or obsolete.
    """

    messages: Sequence[Message]
    contained: int


class Work(Protocol[T_contra]):
    """A trainer or portfolio stage in the hands of `SingleStage`."""

    def take(self, payloads: Sequence[T_contra]) -> Step:
        """Take in payloads in order."""


class SingleStage(Generic[T]):
    """Reads one logical topic of one partition and publishes what `Work` makes of it."""

    def __init__(
        self,
        topic: str,
        *,
        names: Names,
        outbox: Outbox,
        begin: Callable[[], Awaitable[Work[T]]],
        observe: Callable[[Sequence[Message]], None],
    ) -> None:
        """``begin`` makes a `Work` from what was published last; ``observe`` hears of results."""
        self._topic = topic
        self._names = names
        self._outbox = outbox
        self._begin = begin
        self._observe = observe
        self._turn = asyncio.Lock()
        self._work: Work[T] | None = None
        self._generation: int | None = None
        self._gone: int | None = None
        """The generation in which the topic was lost; what is left of it comes again later."""
        self._held: deque[tuple[int, Any]] = deque()
        self._taken = 0

    async def run(self, stream: Any) -> None:
        """Take in composite events for ever. Raises what keeps one from being taken in."""
        async for event in stream.noack().events():
            async with self._turn:
                try:
                    await self._take(event)
                except LeaseLostError:
                    self._forget()
                    self._gone = event.message.generation_id

    async def close(self) -> None:
        """Finish the event under way and forget everything; a new owner may begin."""
        async with self._turn:
            self._forget()

    def _forget(self) -> None:
        self._work = None
        self._generation = None
        self._held.clear()
        self._taken = 0

    async def _take(self, event: Any) -> None:
        if event.message.generation_id == self._gone:
            return
        if self._work is None or event.message.generation_id != self._generation:
            self._forget()
            self._work = await self._begin()
            self._generation = event.message.generation_id
        records = event.value
        for start in range(0, len(records), SLICE):
            part = [
                decode_output(self._topic, record.value)
                for record in records[start : start + SLICE]
                if record.value is not None
            ]
            step = self._work.take(cast(list[T], part))
            self._taken += len(part)
            if start + SLICE >= len(records):
                self._held.append((self._taken, event))
            await self._publish(step)
            await asyncio.sleep(0)

    async def _publish(self, step: Step) -> None:
        for message in step.messages:  # few; each is kept before the next one is told
            parcel = Parcel()
            parcel.add(self._names.place(message.topic, 0), message.key, message.value)
            await self._outbox.deliver(parcel)
        self._observe(step.messages)
        while self._held and self._held[0][0] <= step.contained:
            self._held.popleft()[1].ack()
