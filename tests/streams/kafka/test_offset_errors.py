"""A coordinator that cannot tell the committed offsets is asked again, not taken for empty."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
)
from aiokafka.protocol.commit import OffsetFetchResponse_v1, OffsetFetchResponse_v3

from streams.kafka.offset_errors import heed_offset_errors

PLACE = TopicPartition("interactions", 0)
FOUND = OffsetFetchResponse_v3(0, [("interactions", [(0, 42, "", 0)])], 0)


def refusal(error: type[Any]) -> Any:
    """One error for the whole request, as brokers answer since version 2 of it."""
    return OffsetFetchResponse_v3(0, [], error.errno)


class Group:
    """aiokafka's coordinator, as far as it asks for committed offsets, with given answers."""

    group_id = "group"
    _retry_backoff_ms = 0
    _do_fetch_commit_offsets = GroupCoordinator._do_fetch_commit_offsets
    fetch_committed_offsets = GroupCoordinator.fetch_committed_offsets

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.died = 0

    async def ensure_coordinator_known(self) -> None:
        """It is known."""

    def coordinator_dead(self) -> None:
        """It must be looked up again."""
        self.died += 1

    async def _send_req(self, request: Any) -> Any:
        return self._answers.pop(0)


def committed(group: Group) -> Any:
    """The committed offset of the partition, as aiokafka finds it; None for none."""
    found = asyncio.run(group.fetch_committed_offsets([PLACE]))
    return found[PLACE].offset if found else None


def test_why_aiokafka_alone_takes_a_refusal_for_an_empty_group() -> None:
    """The reason for this module; when this fails, aiokafka has changed: look again."""
    assert committed(Group(refusal(GroupLoadInProgressError), FOUND)) is None


@pytest.mark.parametrize(
    ("error", "died"), [(GroupLoadInProgressError, 0), (NotCoordinatorForGroupError, 1)]
)
def test_a_refusal_that_passes_is_waited_out(error: type[KafkaError], died: int) -> None:
    group = Group(refusal(error), FOUND)
    heed_offset_errors(group)
    assert committed(group) == 42
    assert group.died == died


def test_a_refusal_that_stays_is_raised() -> None:
    group = Group(refusal(GroupAuthorizationFailedError))
    heed_offset_errors(group)
    with pytest.raises(GroupAuthorizationFailedError):
        committed(group)


@pytest.mark.parametrize(
    "answer", [FOUND, OffsetFetchResponse_v1([("interactions", [(0, 42, "", 0)])])]
)
def test_an_answer_is_passed_on(answer: Any) -> None:
    group = Group(answer)
    heed_offset_errors(group)
    assert committed(group) == 42
