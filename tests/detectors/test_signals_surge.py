"""The signal stage and surges (D14): incidents, the situation, a restart in the middle of one."""

from collections.abc import Iterable
from typing import TypeVar

import pytest

from detectors.durations import DAY, HOUR
from detectors.effects import Message
from detectors.messages.envelope import moment
from detectors.policy import Policy
from detectors.signals import SignalStage
from detectors.surge.recent import Complained
from schemas.codec import decode_output
from schemas.incident import Incident
from schemas.signal import Signal
from schemas.signal_state import SignalState
from schemas.situation import Situation
from tests.detectors.surge.shop import BEGIN, surge, usual

T = TypeVar("T")
NIGHT = BEGIN + 40 * DAY


def signals(complaints: Iterable[Complained]) -> list[Signal]:
    """The signals of complaints, in order of time, and of the hours in which none came."""
    ordered = sorted(complaints, key=lambda c: c.at)
    found = []
    hour = BEGIN // HOUR
    for offset, each in enumerate(ordered):
        while (hour + 1) * HOUR <= each.at:
            hour += 1
            found.append(tick(hour))
        product, category, cause, channel, region = each.values
        found.append(
            Signal(
                kind="complaint",
                occurred_at=moment(each.at),
                partition=0,
                topic="complaints",
                offset=offset,
                customer_id=each.customer_id,
                complaint_id=each.complaint_id,
                product_id=product,
                category=category,
                cause=cause,  # type: ignore[arg-type]
                channel=channel,
                region=region,
                value_at_stake=each.value,
            )
        )
    return found


def tick(hour: int) -> Signal:
    """The event time of partition 0 has passed a full hour."""
    at = moment(float(hour * HOUR))
    return Signal(kind="hour", occurred_at=at, partition=0, topic="clock", offset=hour)


def payloads(messages: Iterable[Message], kind: type[T]) -> list[T]:
    found = (decode_output(message.topic, message.value or b"") for message in messages)
    return [payload for payload in found if isinstance(payload, kind)]


@pytest.fixture(scope="module")
def story() -> list[Signal]:
    return signals([*usual(43), *surge(NIGHT, 8, 40)])


def one_by_one(stage: SignalStage, told: Iterable[Signal]) -> list[Message]:
    return [message for signal in told for message in stage.update([signal])]


def test_an_incident_is_told_and_in_force_until_it_is_closed(story: list[Signal]) -> None:
    messages = one_by_one(SignalStage(Policy()), story)
    incidents = payloads(messages, Incident)
    assert incidents
    assert incidents[0].stage == "opened"
    assert incidents[-1].stage == "closed"
    assert len({i.incident_id for i in incidents}) == 1
    situations = payloads(messages, Situation)
    assert [len(s.incidents) for s in situations] == [0, 1, 0]
    assert situations[1].as_of == incidents[0].occurred_at
    ids = [message.value for message in messages if message.topic == "incidents"]
    assert len(set(ids)) == len(ids)


def test_silence_closes_it_by_the_hours_told(story: list[Signal]) -> None:
    last = int(NIGHT // HOUR) + 9
    before = [s for s in story if s.occurred_at < moment(NIGHT + 9 * HOUR)]
    stage = SignalStage(Policy())
    one_by_one(stage, before)
    closed = payloads(one_by_one(stage, map(tick, range(last, last + 40))), Incident)
    assert [i.stage for i in closed] == ["closed"]


def test_the_cut_into_batches_changes_no_incident(story: list[Signal]) -> None:
    """Law 1."""
    whole = [m for m in SignalStage(Policy()).update(story) if m.topic == "incidents"]
    single = [m for m in one_by_one(SignalStage(Policy()), story) if m.topic == "incidents"]
    assert whole == single
    assert whole


def test_a_new_owner_goes_on_in_the_middle_of_an_incident(story: list[Signal]) -> None:
    whole, first, second = (SignalStage(Policy()) for _ in range(3))
    expected = one_by_one(whole, story)
    cut = next(i for i, s in enumerate(story) if s.occurred_at > moment(NIGHT + 6 * HOUR))
    found = one_by_one(first, story[:cut])
    place = max(i for i, message in enumerate(found) if message.topic == "signal-state")
    state = decode_output("signal-state", found[place].value or b"", SignalState)
    second.restore(state)
    assert found[: place + 1] + one_by_one(second, story) == expected
