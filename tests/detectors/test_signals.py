"""The signal stage: repeats change nothing, and a restart goes on as if nothing had happened."""

from datetime import UTC, datetime, timedelta

from detectors.effects import Message
from detectors.policy import Policy
from detectors.signals import SignalStage
from schemas.codec import decode_output
from schemas.signal import Signal, SignalKind
from schemas.signal_state import SignalState
from schemas.situation import Situation

BEGIN = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def told(kind: SignalKind, offset: int, *, minutes: int = 0, employee: str = "E-07") -> Signal:
    """A signal of an employee from partition 0."""
    return Signal(
        kind=kind,
        occurred_at=BEGIN + timedelta(minutes=minutes),
        partition=0,
        topic="interactions",
        offset=offset,
        customer_id="c-1",
        employee_id=employee,
    )


STORY = [
    told("employee_left", 3),
    told("employee_left", 5, minutes=1_570, employee="E-02"),
    told("employee_back", 9, minutes=1_700),
    told("employee_left", 12, minutes=1_760, employee="E-03"),
]


def situations(messages: list[Message]) -> list[Situation]:
    """What was published for every partition."""
    found = (decode_output(message.topic, message.value or b"") for message in messages)
    return [payload for payload in found if isinstance(payload, Situation)]


def test_who_left_is_in_the_situation_and_whether_he_is_back() -> None:
    told = situations(SignalStage(Policy()).update(STORY))
    assert [
        [(item.employee_id, item.back_at is None) for item in each.departures] for each in told
    ] == [
        [("E-07", True)],
        [("E-02", True), ("E-07", True)],
        [("E-02", True), ("E-07", False)],
        [("E-02", True), ("E-03", True), ("E-07", False)],
    ]
    assert [each.as_of for each in told] == [signal.occurred_at for signal in STORY]


def test_a_repeated_signal_changes_nothing() -> None:
    stage = SignalStage(Policy())
    first = stage.update(STORY)
    before = stage.state()
    assert first
    assert stage.update(STORY) == []
    assert stage.state() == before


def test_a_new_owner_goes_on_from_the_published_state() -> None:
    whole, before, after = (SignalStage(Policy()) for _ in range(3))
    expected = [message for signal in STORY for message in whole.update([signal])]
    found = [message for signal in STORY[:2] for message in before.update([signal])]
    state = decode_output("signal-state", found[-1].value or b"", SignalState)
    after.restore(state)
    # What came since the state is read again, with some of what is in it.
    found += [message for signal in STORY[1:] for message in after.update([signal])]
    assert found == expected
