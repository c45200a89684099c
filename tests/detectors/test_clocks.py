"""What runs out by the clock does so without an event, once, in order, however records are cut."""

from collections.abc import Iterable

import pytest

from detectors.customer.dues import Dues
from detectors.customer.state import CustomerState
from detectors.durations import HOUR
from detectors.effects import Message, Output
from detectors.processor import PartitionProcessor
from tests.detectors.builders import brisk, on, purchase, records

POLICY = brisk(time={"lateness": "2h", "patience": "30m", "duplicate_window": "2d"})


def at(day: int, hour: float) -> float:
    """Epoch seconds of an hour of a day."""
    return on(day) + hour * HOUR


class EveryHour:
    """Rings each hour after the customer's first event; three times in all."""

    def next_at(self, state: Dues) -> float:
        """See `Clock`."""
        rung = state.past_complaints
        return state.first_at + (rung + 1) * HOUR if rung < 3 else 0.0

    def fire(self, state: CustomerState, at: float, output: Output) -> None:
        """See `Clock`."""
        state.past_complaints += 1
        output.messages.append(Message("rung", state.customer_id.encode(), b"%d" % at))


def rung(messages: Iterable[Message]) -> list[tuple[bytes, float]]:
    return [(m.key, float(m.value or b"")) for m in messages if m.topic == "rung"]


def processor(store: dict[bytes, bytes]) -> PartitionProcessor:
    return PartitionProcessor(0, POLICY, store.get, clocks=[EveryHour()])


EVENTS = [
    purchase("1", "ann", at(1, 8)),
    purchase("2", "bob", at(1, 8.25)),
    purchase("3", "cid", at(1, 10)),
    purchase("4", "ann", at(1, 10.6)),
    purchase("5", "bob", at(3, 0)),
]
ALL = sorted(
    (at(1, begin) + hours * HOUR, who)
    for who, begin in ((b"ann", 8), (b"bob", 8.25), (b"cid", 10))
    for hours in (1, 2, 3)
)


@pytest.mark.parametrize("cut", range(1, 6))
def test_law_1_it_rings_in_order_of_time_however_records_are_cut(cut: int) -> None:
    batch, store = records(EVENTS), dict[bytes, bytes]()
    machine, found = processor(store), list[Message]()
    for start in range(0, len(batch), cut):
        output = machine.process(batch[start : start + cut])
        found += output.messages
        store.update({key: value for key, value in output.states.items() if value})
    assert rung(found) == [(who, moment) for moment, who in ALL]


def test_law_7_the_clock_alone_rings_and_a_restart_forgets_nothing() -> None:
    store = dict[bytes, bytes]()
    machine = processor(store)
    output = machine.process(records(EVENTS[:3]))
    assert rung(output.messages) == [(b"ann", at(1, 9)), (b"bob", at(1, 9.25))]
    store.update({key: value for key, value in output.states.items() if value})
    machine = processor(store)
    machine.restore(store.items())
    # An idle partition: what waits for lateness stays behind what runs out by the clock.
    output = machine.advance(at(1, 9), clock=at(1, 10.25))
    assert rung(output.messages) == [(b"ann", at(1, 10)), (b"bob", at(1, 10.25))]
    store.update({key: value for key, value in output.states.items() if value})
    output = machine.advance(at(2, 0))
    assert len(rung(output.messages)) == 5
    store.update({key: value for key, value in output.states.items() if value})
    assert rung(machine.advance(at(9, 0)).messages) == []


def test_the_clock_does_not_run_ahead_of_patience() -> None:
    machine = processor({})
    machine.process(records([*EVENTS[:1], purchase("9", "zoe", at(1, 9.49))]))
    assert machine.clock == at(1, 9.49) - 1800
    assert rung(machine.process([]).messages) == []
