"""What a fetcher hands on of the topics that are read in bulk, and of all others."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord

from streams.kafka.parsed_records import hand_on_as_parsed

BULK, OTHER = TopicPartition("changelog", 0), TopicPartition("interactions", 0)
SENT = [(number, 1000 + number, b"k%d" % number, b"v%d" % number) for number in range(5)]


def fetched(tp: TopicPartition, assignment: Any, fetch_offset: int) -> FetchResult:
    """An answer of the broker, as the fetcher keeps it until it is asked for it."""
    batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for offset, at, key, value in SENT:
        batch.append(offset, at, key, value, [])
    found = PartitionRecords(
        tp, MemoryRecords(bytes(batch.build())), [], fetch_offset, None, None, True, 0
    )
    return FetchResult(tp, assignment=assignment, partition_records=found, backoff=0.1)


async def taken(fetch_offset: int) -> dict[TopicPartition, list[Any]]:
    """What the fetcher hands on when it has an answer for both topics."""
    subscriptions = SubscriptionState()
    subscriptions.assign_from_user([BULK, OTHER])
    assignment = subscriptions.subscription.assignment
    fetcher = Fetcher(AIOKafkaClient(), subscriptions)
    hand_on_as_parsed(fetcher, lambda topic: topic == BULK.topic)
    for tp in (BULK, OTHER):
        assignment.state_value(tp).reset_to(fetch_offset)
        fetcher._records[tp] = fetched(tp, assignment, fetch_offset)
    found = await fetcher.fetched_records([BULK, OTHER])
    for tp in (BULK, OTHER):
        assert assignment.state_value(tp).position == len(SENT)
    await fetcher.close()
    return cast(dict[TopicPartition, list[Any]], found)


@pytest.mark.parametrize("fetch_offset", [0, 3])
def test_bare_records_say_what_was_sent(fetch_offset: int) -> None:
    found = asyncio.run(taken(fetch_offset))
    for tp in (BULK, OTHER):
        said = [(record.offset, record.timestamp, record.key, record.value) for record in found[tp]]
        assert said == SENT[fetch_offset:]


def test_only_records_of_the_chosen_topics_are_bare() -> None:
    found = asyncio.run(taken(0))
    assert not any(isinstance(record, ConsumerRecord) for record in found[BULK])
    assert all(isinstance(record, ConsumerRecord) for record in found[OTHER])
