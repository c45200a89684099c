"""The right of a worker to write: its membership in the group, as long as it is sure of it.

A worker that was halted (a frozen machine, a long swap) does not know that another one has its
partitions now. Before anything is written, `Lease.wait` asks how old the last sign of membership
is. The clock runs while the process is halted, and where the system can, while it sleeps.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiokafka.errors import (
    IllegalGenerationError,
    NoError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from streams.errors import ChurnstreamError

POLL = 0.02
"""Seconds between two looks at a lease that has run out."""


class LeaseLostError(ChurnstreamError):
    """The partitions may belong to another worker; what was to be written must be dropped."""

    def __init__(self) -> None:
        super().__init__("this worker has lost its partitions; nothing more was written to them")


def now() -> float:
    """Seconds that pass also while this process is halted or the machine is suspended."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Lease:
    """Held for ``length`` seconds (the session timeout) from each sign of membership.

    Renewed by the consumer's thread, asked by the event loop of the worker.
    """

    def __init__(self, length: float, clock: Callable[[], float] = now) -> None:
        self.clock = clock
        self._length = length
        self._until = float("-inf")
        self._leaving = False

    @property
    def held(self) -> bool:
        """Whether the group cannot have given our partitions away yet."""
        return self.clock() < self._until

    def renew(self, at: float) -> None:
        """A request that was sent ``at`` this time of `clock` was answered: we are a member."""
        self._until = at + self._length

    def begin(self, at: float) -> None:
        """The same, with partitions that were given to us just now."""
        self._leaving = False
        self.renew(at)

    def lose(self) -> None:
        """The group does not know us any more."""
        self._until = float("-inf")

    def give_up(self) -> None:
        """The partitions go: write on while the lease is held, but wait for it no more."""
        self._leaving = True

    async def wait(self) -> None:
        """Return when the lease is held: at once, or after the group has answered again.

        Raises `LeaseLostError` when it is not, and the partitions go.
        """
        while not self.held:
            if self._leaving:
                raise LeaseLostError
            await asyncio.sleep(POLL)


def watch_membership(coordinator: Any, lease: Lease) -> None:
    """Let ``coordinator`` (aiokafka's, of a group) renew the lease with what the broker answers.

    During a rebalance the group keeps its members, and their partitions, until they join again.
    """
    send = coordinator._send_req

    async def send_and_note(request: Any) -> Any:
        at = lease.clock()
        response = await send(request)
        if isinstance(request, HeartbeatRequest | SyncGroupRequest):
            error = for_code(response.error_code)
            if error in (IllegalGenerationError, UnknownMemberIdError):
                lease.lose()
            elif isinstance(request, SyncGroupRequest) and error is NoError:
                lease.begin(at)
            elif error in (NoError, RebalanceInProgressError):
                lease.renew(at)
        return response

    coordinator._send_req = send_and_note
