"""The queue of complaints: by value at stake times urgency, and what became of closed loops."""

from datetime import timedelta

import pytest

from detectors.complaints.queue import Closed, closed_of, queue_of
from detectors.durations import HOUR
from schemas.complaint_alert import ComplaintAlert
from tests.detectors.builders import moment, on, policy_of

POLICY = policy_of(
    calendar={
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "opens": "00:00",
        "closes": "24:00",
        "regions": {"rest": {"opens": "00:00", "closes": "12:00"}},
    }
)
AT = on(10)


def alert(
    name: str, opened: float, value: float, ended: float | None = None, **fields: object
) -> ComplaintAlert:
    """An alert of a complaint opened (and ended) so many hours before `AT`; promised 10 and 40."""
    start = moment(AT - opened * HOUR)
    done = None if ended is None else moment(AT - ended * HOUR)
    made: dict[str, object] = {
        "alert_id": name,
        "customer_id": f"customer {name}",
        "complaint_id": f"complaint {name}",
        "stage": "raised" if done is None else "resolved",
        "kind": "opened" if done is None else "resolved",
        "occurred_at": done or start,
        "value_at_stake": value,
        "priority": value if done is None else None,
        "opened_at": start,
        "resolved_at": done,
        "response_due_at": start + timedelta(hours=10),
        "resolution_due_at": start + timedelta(hours=40),
    }
    return ComplaintAlert(**{**made, **fields})  # type: ignore[arg-type]


def test_the_queue_is_by_value_times_urgency_not_by_arrival() -> None:
    queue = queue_of(
        [alert("old and small", 9, 10.0), alert("new and large", 0, 100.0), alert("due", 10, 30.0)],
        AT,
        POLICY,
    )
    assert [(w.alert.alert_id, w.priority) for w in queue] == [
        ("due", 120.0),
        ("new and large", 100.0),
        ("old and small", 37.0),
    ]
    assert [w.used for w in queue] == [1.0, 0.0, 0.9]


def test_the_clock_that_is_furthest_on_counts_and_an_answer_stops_the_first() -> None:
    waiting, answered = queue_of(
        [alert("a", 20, 1.0), alert("b", 20, 1.0, responded_at=moment(AT))], AT, POLICY
    )
    assert (waiting.clock, waiting.used) == ("response", 2.0)
    assert (answered.clock, answered.used) == ("resolution", 0.5)
    assert answered.due_at == moment(AT + 20 * HOUR)


def test_the_hours_of_the_region_count() -> None:
    (waiting,) = queue_of([alert("a", 10, 1.0, region="rest", responded_at=moment(AT))], AT, POLICY)
    assert (waiting.clock, waiting.used) == ("resolution", 0.0)


def test_the_latest_alert_of_a_life_counts_and_ended_ones_are_not_in_the_queue() -> None:
    assert queue_of([alert("a", 9, 1.0), alert("a", 9, 1.0, ended=1)], AT, POLICY) == []
    expired = alert("b", 9, 1.0, stage="expired", priority=None)
    assert queue_of([alert("b", 9, 1.0), expired], AT, POLICY) == []


def test_without_a_promise_it_waits_at_its_value_and_equals_are_in_order_of_their_due_time() -> (
    None
):
    none = alert("z", 5, 10.0, response_due_at=None, resolution_due_at=None)
    one, other = alert("y", 0, 10.0), alert("x", 0, 10.0, response_due_at=moment(AT + HOUR))
    queue = queue_of([none, one, other], AT, POLICY)
    assert [w.alert.alert_id for w in queue] == ["x", "y", "z"]
    assert (queue[-1].clock, queue[-1].priority) == (None, 10.0)


def test_closed_loops_are_judged_within_the_window() -> None:
    alerts = [
        alert("soon", 30, 1.0, ended=20, responded_at=moment(AT - 28 * HOUR)),
        alert("late", 100, 1.0, ended=10),
        alert("open", 3, 1.0),
        alert("long ago", 24 * 90, 1.0, ended=24 * 80),
        alert("unknown beginning", 3, 1.0, ended=1, opened_at=None),
    ]
    closed = closed_of(alerts, AT, POLICY)
    assert (closed.count, closed.in_time, closed.promised) == (2, 0.5, 0.5)
    assert closed.resolution_hours == 50
    assert closed.response_hours == pytest.approx((2 + 90) / 2)
    assert closed_of([], AT, POLICY) == Closed(0, None, None, None, None)
