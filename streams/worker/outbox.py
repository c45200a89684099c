"""Sending many records at once and waiting until the broker has them all.

A batch goes to the partition that the caller names: outputs stay on the partition number of their
customer. The producer is idempotent, so that a broker that vanishes and returns gets each batch
once and in order, and nothing expires meanwhile.

A batch may wait in the producer for the one before it, or for a broker to return. So the lease is
looked at when a request goes out, and what was handed over under a lease that was lost is never
sent: its producer is given up, and the next batch gets a new one.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerFenced,
    UnknownError,
    UnknownTopicOrPartitionError,
)
from aiokafka.protocol.produce import ProduceRequest
from mode import Service

from streams.errors import ChurnstreamError
from streams.worker.lease import Lease, LeaseLostError

log = logging.getLogger(__name__)

Place = tuple[str, int]
"""A topic's name on the cluster and a partition number."""

Pair = tuple[bytes | None, bytes | None]
"""Key and value of a record."""

BATCH_BYTES = 900_000
"""Largest batch; brokers accept 1 MiB unless told otherwise (``message.max.bytes``)."""

STOP_WITHIN = 5.0
"""Seconds that a producer gets to close, where somebody waits for it."""

RETRY = 0.5
"""Seconds between two attempts to reach a broker."""


class SendError(ChurnstreamError):
    """The broker refused what must not be lost."""


class GivenUpError(KafkaError):  # type: ignore[misc]
    """A batch was not sent: it waited in a producer while its partitions went.

    A `KafkaError`, because aiokafka's sender fails the batch with such a one, and goes on.
    """

    def __str__(self) -> str:
        return "not sent, because this worker has lost the partition meanwhile"


@dataclass(slots=True)
class Parcel:
    """Records to send, by place, in order."""

    places: dict[Place, list[Pair]] = field(default_factory=dict)

    def add(self, place: Place, key: bytes | None, value: bytes | None) -> None:
        """Put a record behind the others of its place."""
        if place not in self.places:
            self.places[place] = []
        self.places[place].append((key, value))

    def __bool__(self) -> bool:
        return bool(self.places)


class Outbox(Service):
    """The producer of the worker."""

    mundane_level = "debug"

    def __init__(
        self,
        options: Mapping[str, Any],
        lease: Lease,
        on_refused: Callable[[str], None],
        **kwargs: Any,
    ) -> None:
        """``on_refused`` hears the topic (its name on the cluster) of a refused batch."""
        super().__init__(**kwargs)
        self._lease = lease
        self._options = options
        self._on_refused = on_refused
        self._producer: AIOKafkaProducer | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._under_way: set[asyncio.Future[list[tuple[Place, int]]]] = set()
        """What is being sent with the producer."""
        self._turn = asyncio.Lock()

    async def on_start(self) -> None:
        """Connect; raises what aiokafka raises when no broker answers."""
        self._producer = await self._open()

    async def _open(self) -> AIOKafkaProducer:
        complaints = logging.getLogger("aiokafka.producer.sender")
        level = complaints.level
        complaints.setLevel(logging.CRITICAL)
        try:
            return await self._connect(idempotent=True)
        except UnknownError:
            log.warning(
                "The broker gives no producer ids (the embedded one does not): "
                "a batch that is sent again may be there twice, with the same ids"
            )
            return await self._connect(idempotent=False)
        finally:
            complaints.setLevel(level)

    async def _connect(self, *, idempotent: bool) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **producer_options(self._options), enable_idempotence=idempotent
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._guard(producer)
        return producer

    def _guard(self, producer: AIOKafkaProducer) -> None:
        """Let ``producer`` write only while it is ours, and the lease is held."""
        client = producer.client
        send = client.send

        async def send_if_ours(node: int, request: Any, **options: Any) -> Any:
            if isinstance(request, ProduceRequest):
                await client.ready(node)  # it may have to connect, which takes time
                with contextlib.suppress(LeaseLostError):
                    await self._wait_for_lease()
                if producer is not self._producer:
                    raise GivenUpError
            return await send(node, request, **options)

        client.send = send_if_ours

    def _give_up(self) -> None:
        """Send nothing more of what was handed to the producer, and wait for none of it."""
        producer, self._producer = self._producer, None
        if producer is not None:
            for sending in self._under_way:
                sending.cancel()
            closing = asyncio.create_task(producer.stop())
            self._closing.add(closing)
            closing.add_done_callback(_look_at)
            closing.add_done_callback(self._closing.discard)

    async def on_stop(self) -> None:
        """Disconnect. What is under way still is not acknowledged, and comes again."""
        self._give_up()
        if self._closing:
            await asyncio.wait(self._closing, timeout=STOP_WITHIN)

    async def deliver(self, *parcels: Parcel) -> dict[Place, int]:
        """Send all parcels together; return the last offset of every place.

        Returns when the broker has acknowledged everything. Raises `SendError` when it refuses,
        and `LeaseLostError`, with nothing more sent by anybody, when the partitions may belong to
        another worker.
        """
        async with self._turn:  # who waits goes on in turn
            await self._wait_for_lease()
            producer = await self._present()
        sending = self._sending(producer, *parcels)
        self._under_way.add(sending)
        try:
            return dict(await sending)
        except asyncio.CancelledError:
            if producer is not self._producer:
                raise LeaseLostError from None
            raise
        finally:
            self._under_way.discard(sending)

    async def _wait_for_lease(self) -> None:
        try:
            await self._lease.wait()
        except LeaseLostError:
            self._give_up()
            raise

    async def _present(self) -> AIOKafkaProducer:
        """The producer, or a new one after one was given up."""
        while self._producer is None:
            if self.should_stop:
                raise LeaseLostError
            try:
                self._producer = await self._open()
            except KafkaError as error:
                self.log.warning("Waiting for a broker to write to (%s)", error)
                await self.sleep(RETRY)
                await self._wait_for_lease()
        return self._producer

    async def send(self, producer: AIOKafkaProducer, *parcels: Parcel) -> dict[Place, int]:
        """The same through another producer, without a look at the lease.

        Raises `ProducerFenced` and `InvalidProducerEpoch` for a transactional one.
        """
        return dict(await self._sending(producer, *parcels))

    def _sending(
        self, producer: AIOKafkaProducer, *parcels: Parcel
    ) -> asyncio.Future[list[tuple[Place, int]]]:
        return asyncio.gather(
            *(
                self._deliver(producer, place, pairs)
                for parcel in parcels
                for place, pairs in parcel.places.items()
            )
        )

    async def _deliver(
        self, producer: AIOKafkaProducer, place: Place, pairs: Iterable[Pair]
    ) -> tuple[Place, int]:
        """Send the records of a place; return it with the offset of the last one."""
        topic, partition = place
        last = -1
        try:
            waiting = [
                (await self._offer(producer, batch, topic, partition), batch.record_count())
                for batch in _batches(producer, pairs)
            ]
            for future, count in waiting:
                last = (await future).offset + count - 1
        except MessageSizeTooLargeError:
            self._on_refused(topic)
            largest = max(len(key or b"") + len(value or b"") for key, value in pairs)
            raise SendError(
                f"topic {topic}, partition {partition}: the broker refused a record of up to "
                f"{largest} bytes; raise max.message.bytes of the topic"
            ) from None
        except (ProducerFenced, InvalidProducerEpoch):
            raise
        except KafkaError as error:
            self._on_refused(topic)
            raise SendError(
                f"topic {topic}, partition {partition}: the broker refused a batch "
                f"({type(error).__name__}: {error}); check the topic and the rights of this login"
            ) from error
        return place, last

    async def _offer(
        self, producer: AIOKafkaProducer, batch: Any, topic: str, partition: int
    ) -> asyncio.Future[Any]:
        """Queue a batch behind the one before it, however long that takes.

        aiokafka says that there is no such topic when the broker did not answer it for a while.
        """
        while True:
            try:
                future: asyncio.Future[Any] = await producer.send_batch(
                    batch, topic, partition=partition
                )
            except (KafkaTimeoutError, UnknownTopicOrPartitionError):
                self.log.warning("Waiting for the broker to take batches of %s", topic)
            else:
                future.add_done_callback(_look_at)  # also should nobody wait for it any more
                return future


def _look_at(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def producer_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of every producer of the worker; ``options``: how to connect."""
    return {
        **options,
        "acks": "all",
        "linger_ms": 0,
        "max_batch_size": BATCH_BYTES,
        "max_request_size": 64 << 20,
    }


def _batches(producer: AIOKafkaProducer, pairs: Iterable[Pair]) -> list[Any]:
    now = round(time.time() * 1000)
    batch = producer.create_batch()
    batches = [batch]
    for key, value in pairs:
        if batch.append(timestamp=now, key=key, value=value) is None:
            batch = producer.create_batch()
            batches.append(batch)
            batch.append(timestamp=now, key=key, value=value)
    for batch in batches:
        batch.close()
    return batches
