"""A shop closed for two months: no event at all, then it reopens."""

from collections import Counter

import pytest

from schemas.churn_risk import ChurnRisk
from tests.detectors.builders import moment, on
from tests.troubles.world import World, rules, shop, sound

CLOSED, OPEN_AGAIN, END = 70, 130, 190
ACTIVE, SILENCE = 40, 7
"""The policy's active window and least silence, in days."""
EVENTS = shop(END, customers=40, is_open=lambda day: not CLOSED <= day < OPEN_AGAIN)


@pytest.fixture(scope="module")
def world() -> World:
    return World(rules()).run(EVENTS)


def raised(world: World, first: int, last: int) -> list[ChurnRisk]:
    """Alerts raised from day `first` to before day `last`."""
    begin, end = moment(on(first)), moment(on(last))
    return [a for a in world.alerts if a.stage == "raised" and begin <= a.occurred_at < end]


def test_time_stands_still_without_events() -> None:
    """In a replay nothing else moves it; a worker may let its clock do so (idle_after)."""
    before = World(rules()).run(event for event in EVENTS if event.at < on(CLOSED))
    assert before.live.processor.watermark < on(CLOSED)
    assert max(alert.occurred_at for alert in before.alerts) <= moment(on(CLOSED))


def test_what_was_due_in_the_closed_weeks_is_done_of_its_own_day(world: World) -> None:
    """The first event after them does it all; each prediction is made as if it had come in time."""
    sound(world)
    waited = World(rules()).run(event for event in EVENTS if event.at < on(CLOSED))
    waited.wait(OPEN_AGAIN - 2)
    begin, end = moment(on(CLOSED)), moment(on(OPEN_AGAIN - 20))
    found, expected = (
        {
            (example.customer_id, example.at, example.label)
            for example in one.learned
            if begin <= example.at < end and example.target == "silence"
        }
        for one in (world, waited)
    )
    assert found == expected
    assert found


def test_each_customer_is_called_silent_once_and_then_rests(world: World) -> None:
    """Beyond the active window nobody is a customer any more: the open alerts end."""
    closed = raised(world, CLOSED, OPEN_AGAIN)
    assert closed
    assert max(Counter(alert.customer_id for alert in closed).values()) == 1
    rest = moment(on(CLOSED + ACTIVE + 3)), moment(on(OPEN_AGAIN))
    assert [v for v in world.views if rest[0] <= v.as_of < rest[1]] == []
    last = {a.alert_id: a.stage for a in world.alerts if a.occurred_at < rest[1]}
    assert set(last.values()) <= {"expired", "resolved"}


def test_after_the_reopening_only_new_silence_raises_an_alert(world: World) -> None:
    """No flood: nobody is called silent for the closed weeks, who came back or who did not."""
    after = raised(world, OPEN_AGAIN, END)
    assert after
    bought: dict[str, list[float]] = {}
    for event in EVENTS:
        assert event.payload is not None
        bought.setdefault(event.payload.customer_id, []).append(event.at)
    for alert in after:
        at = alert.occurred_at.timestamp()
        last = max(moment for moment in bought[alert.customer_id] if moment < at)
        assert last >= on(OPEN_AGAIN)
        assert at - last >= (SILENCE - 1) * 86_400


def test_the_model_overstates_for_some_weeks_and_then_is_as_good_as_before(world: World) -> None:
    """The labels of the closed weeks are true: nobody bought. They are learned like others."""
    before, just_after = world.log_loss(42, 56), world.log_loss(OPEN_AGAIN, OPEN_AGAIN + 14)
    assert just_after > before
    assert world.log_loss(OPEN_AGAIN + 28, END - 15) < before + 0.1
