"""What is compared does the same work."""

from benchmarks.competitors.per_event import PerEvent
from benchmarks.drive import Drive
from benchmarks.retail import TOPIC, read_events, retail_policy
from benchmarks.wire import WireEvent
from detectors.customer.partition import PREFIX
from detectors.effects import Message

EVENTS = 3_000


def _one_by_one(events: list[WireEvent]) -> tuple[dict[bytes, bytes], list[Message]]:
    detectors = PerEvent(TOPIC)
    store: dict[bytes, bytes] = {}
    messages: list[Message] = []
    for offset, (_, key, value, at) in enumerate(events):
        output = detectors.handle(0, offset, at, key, value, (), store.get)
        store.update((key, state) for key, state in output.states.items() if state is not None)
        messages += output.messages
    return store, messages


def test_one_event_at_a_time_ends_in_the_states_of_batches() -> None:
    events = read_events(EVENTS)
    in_batches = Drive(retail_policy()).go(events)
    store, messages = _one_by_one(events)
    assert in_batches.outcomes == {"applied": EVENTS}
    assert {k: v for k, v in store.items() if not k.startswith(PREFIX)} == {
        k: v for k, v in in_batches.store.items() if not k.startswith(PREFIX)
    }
    assert len(messages) == in_batches.messages.total()


def test_copies_are_other_customers_with_the_same_rhythm() -> None:
    plain = read_events(10)
    copied = read_events(20, copies=2)
    assert copied[::2] == plain
    assert [event.at for event in copied[1::2]] == [event.at for event in plain]
    assert {event.key for event in copied[1::2]}.isdisjoint(event.key for event in plain)
