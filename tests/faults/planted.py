"""A worker with a fault planted into it, to prove that the verifier sees it.

``python -m tests.faults.planted skip|twice|early|unfenced`` instead of ``churnstream worker``. The
faults are planted from outside; no product code knows of them.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from detectors.effects import Output, Record
from detectors.processor import PartitionProcessor
from streams.cli.main import run
from streams.worker.batching import CompositeScheduler
from streams.worker.lease import Lease
from streams.worker.outbox import Place
from streams.worker.rounds import Round
from streams.worker.stage import CustomerStage

VICTIM = 100
"""Which event is the victim, counted from the start of the process."""


def skip() -> None:
    """One record is never given to its processor."""
    process, seen = PartitionProcessor.process_in_parts, 0

    def forgetful(self: PartitionProcessor, batch: Sequence[Record]) -> Iterator[Output]:
        nonlocal seen
        before, seen = seen, seen + len(batch)
        victim = VICTIM - before
        kept = [record for place, record in enumerate(batch) if place != victim]
        return process(self, kept)

    PartitionProcessor.process_in_parts = forgetful  # type: ignore[method-assign]


def twice() -> None:
    """One event is added to its customer's state twice."""
    processor: Any = importlib.import_module("detectors.processor")
    apply: Callable[..., None] = processor.apply_interaction
    applied = 0

    def generous(*arguments: Any) -> None:
        nonlocal applied
        applied += 1
        apply(*arguments)
        if applied == VICTIM:
            apply(*arguments)

    processor.apply_interaction = generous


def early() -> None:
    """The source offsets of a round are committed before its outputs are sent; then power fails."""
    send, rounds = CustomerStage._send, 0
    CompositeScheduler.largest = 25

    async def hasty(self: CustomerStage, new: Round) -> Mapping[Place, int]:
        nonlocal rounds
        rounds += 1
        if rounds >= 4 and new.events:
            earlier = [sending for sending, _ in self._sending if sending is not new]
            earlier += [self._under_way] if self._under_way else []
            earlier += [self._writing[0]] if self._writing else []
            for event in [event for round_ in (*earlier, new) for event in round_.events]:
                event.ack()
            await new.events[0].app.consumer.commit()
            os.kill(os.getpid(), signal.SIGKILL)
        return await send(self, new)

    CustomerStage._send = hasty  # type: ignore[method-assign]


def unfenced() -> None:
    """The worker writes without asking whether its partitions are still its own."""

    async def careless(self: Lease) -> None:
        pass

    Lease.wait = careless  # type: ignore[method-assign]


FAULTS = {"skip": skip, "twice": twice, "early": early, "unfenced": unfenced}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    raise SystemExit(run(["worker"]))
