"""What a contestant has written to its topics, read back from the broker and checked."""

from collections import Counter
from dataclasses import dataclass

from benchmarks.broker_io import BrokerIO
from benchmarks.contestants import Contestant
from detectors.customer.partition import PREFIX
from detectors.customer.state import decode_state


class LossError(RuntimeError):
    """A contestant's states do not count all events."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is, and when (s since 1970, by the broker's clock)."""

    first: float
    last: float
    events: int
    customers: int
    outputs: Counter[str]
    changelog: int


def look_at(io: BrokerIO, contestant: Contestant, expected: int) -> Found:
    """What the contestant has written. Raises `LossError` unless it has `expected` events."""
    states: dict[bytes, bytes] = {}
    outputs: Counter[str] = Counter()
    times: list[float] = []
    changelog = 0
    for record in io.read([contestant.changelog, *contestant.outputs]):
        times.append(record.at)
        if record.topic != contestant.changelog:
            outputs[record.topic] += 1
            continue
        changelog += 1
        if record.key is not None and record.value and not record.key.startswith(PREFIX):
            states[record.key] = record.value
    events = 0
    for value in states.values():
        state = decode_state(value)
        events += state.settled.events + sum(day.events for day in state.days)
    if events != expected:
        raise LossError(f"{contestant.name}: its states count {events} of {expected} events")
    return Found(min(times), max(times), events, len(states), outputs, changelog)
