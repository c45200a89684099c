"""Exactly once: what a round leads to in a partition is written in one transaction of Kafka.

Outputs, changelog and source offsets become visible together or not at all, to whoever reads
committed records only. Each partition of the customers has a transactional id of its own; a worker
that takes the partition over *claims* it, and from then on the broker refuses whatever an earlier
owner still sends, however long that one was halted.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import InvalidProducerEpoch, InvalidTxnState, KafkaError, ProducerFenced

from detectors.customer.partition import PREFIX
from streams.errors import ChurnstreamError
from streams.worker.lease import Lease, LeaseLostError
from streams.worker.outbox import STOP_WITHIN, Outbox, Parcel, Place, producer_options

log = logging.getLogger(__name__)

CLAIM = PREFIX + b"claim"
"""Key of the empty record that ends what earlier owners wrote to the changelog. It also makes the
last record of the changelog one that a reader gets to see, which a transaction's marker is not."""


class FencedError(LeaseLostError):
    """The broker refuses a transaction: the partition was claimed anew, or it took too long."""


class NoTransactionsError(ChurnstreamError):
    """The broker does not know transactions."""


@dataclass(slots=True)
class Share:
    """What a round leads to in one partition."""

    parcel: Parcel = field(default_factory=Parcel)
    """Outputs and changelog."""
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    """Source offsets that it makes done."""


class Transactions:
    """The transactional producers of the partitions that this worker owns."""

    def __init__(
        self, options: Mapping[str, Any], group: str, changelog: str, outbox: Outbox, lease: Lease
    ) -> None:
        """``group``: whose offsets are committed, and the beginning of the transactional ids."""
        self._options = options
        self._group = group
        self._changelog = changelog
        self._outbox = outbox
        self._lease = lease
        self._producers: dict[int, AIOKafkaProducer] = {}

    async def claim(self, numbers: Collection[int]) -> None:
        """Own exactly the partitions ``numbers``; nothing of an earlier owner comes after this.

        Call it before the changelog is read. Raises `NoTransactionsError`, and what aiokafka
        raises when no broker answers.
        """
        await self.close()
        made = {number: self._producer(number) for number in numbers}
        try:
            await asyncio.gather(*(producer.start() for producer in made.values()))
        except KafkaError as error:
            await asyncio.gather(*(_stop(producer) for producer in made.values()))
            raise NoTransactionsError(
                "CHURNSTREAM_EXACTLY_ONCE is on, but the broker begins no transaction "
                f"({type(error).__name__}: {error}); check the rights of this login on the "
                f"transactional ids {self._group}-customers-…, or set it to off"
            ) from error
        self._producers = made
        if made:
            claims = Parcel({(self._changelog, number): [(CLAIM, None)] for number in made})
            await self._outbox.deliver(claims)

    async def close(self) -> None:
        """Give up all partitions. What is open is aborted, by the next claim at the latest."""
        producers, self._producers = self._producers, {}
        await asyncio.gather(*(_stop(producer) for producer in producers.values()))

    async def commit(self, shares: Mapping[int, Share]) -> dict[Place, int]:
        """One transaction for each partition, all at once; the last offset of every place.

        Raises `FencedError` and `LeaseLostError` when the partitions may belong to another worker,
        and ``SendError`` when the broker refuses what must not be lost.
        """
        await self._lease.wait()
        found = await asyncio.gather(
            *(self._commit_one(self._producers[number], share) for number, share in shares.items())
        )
        return {place: offset for offsets in found for place, offset in offsets.items()}

    async def _commit_one(self, producer: AIOKafkaProducer, share: Share) -> dict[Place, int]:
        try:
            await producer.begin_transaction()
            sending = [self._outbox.send(producer, share.parcel)]
            if share.offsets:
                sending.append(producer.send_offsets_to_transaction(share.offsets, self._group))
            offsets, *_ = await asyncio.gather(*sending)
            await producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch, InvalidTxnState) as error:
            raise FencedError from error
        return dict(offsets)

    def _producer(self, number: int) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **producer_options(self._options),
            transactional_id=f"{self._group}-customers-{number}",
        )


async def _stop(producer: AIOKafkaProducer) -> None:
    """Close a producer that may be fenced, or without a broker."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(producer.stop(), STOP_WITHIN)
