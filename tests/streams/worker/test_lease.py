"""The lease: held from each sign of membership for the session timeout, and no longer."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from streams.worker.lease import Lease, LeaseLostError, watch_membership


class Clock:
    """Time as the test moves it."""

    now = 100.0

    def __call__(self) -> float:
        """The present moment."""
        return self.now


class Coordinator:
    """Answers every request with ``code`` after ``takes`` seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.code, self.takes = clock, 0, 0.0

    async def _send_req(self, request: Any) -> Any:
        self.clock.now += self.takes
        return SimpleNamespace(error_code=self.code)


def group() -> tuple[Clock, Coordinator, Lease]:
    clock = Clock()
    coordinator, lease = Coordinator(clock), Lease(6.0, clock)
    watch_membership(coordinator, lease)
    return clock, coordinator, lease


def sync(coordinator: Coordinator) -> None:
    asyncio.run(coordinator._send_req(SyncGroupRequest("g", 1, "m", None, [])))


def heartbeat(coordinator: Coordinator, code: int = 0, takes: float = 0.0) -> None:
    coordinator.code, coordinator.takes = code, takes
    asyncio.run(coordinator._send_req(HeartbeatRequest("g", 1, "m")))


def test_it_is_held_for_the_session_timeout_from_when_the_heartbeat_was_sent() -> None:
    clock, coordinator, lease = group()
    assert not lease.held
    sync(coordinator)
    assert lease.held
    clock.now += 5
    heartbeat(coordinator, takes=2.0)
    clock.now = 100 + 5 + 5.9
    assert lease.held
    clock.now = 100 + 5 + 6
    assert not lease.held


@pytest.mark.parametrize("error", [IllegalGenerationError, UnknownMemberIdError])
def test_a_group_that_does_not_know_us_ends_it_at_once(error: Any) -> None:
    _, coordinator, lease = group()
    sync(coordinator)
    heartbeat(coordinator, code=error.errno)
    assert not lease.held


def test_a_rebalance_does_not_end_it() -> None:
    clock, coordinator, lease = group()
    sync(coordinator)
    clock.now += 4
    heartbeat(coordinator, code=RebalanceInProgressError.errno)
    clock.now += 4
    assert lease.held


def test_who_waits_goes_on_when_the_group_answers_again() -> None:
    clock, coordinator, lease = group()
    sync(coordinator)
    clock.now += 10

    async def wait() -> None:
        waiting = asyncio.create_task(lease.wait())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        lease.renew(clock.now)
        await waiting

    asyncio.run(wait())


def test_who_waits_is_sent_away_when_the_partitions_go() -> None:
    clock, coordinator, lease = group()
    sync(coordinator)
    lease.give_up()
    asyncio.run(lease.wait())
    clock.now += 10
    with pytest.raises(LeaseLostError):
        asyncio.run(lease.wait())
    sync(coordinator)
    asyncio.run(lease.wait())
