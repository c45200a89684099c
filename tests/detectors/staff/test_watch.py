"""An account manager leaves (D15): who hears of it, in which order, and what ends it."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from detectors.customer.partition import PREFIX
from detectors.customer.state import decode_state
from detectors.policy import Policy
from schemas.situation import Departure, Situation
from tests.detectors.builders import (
    HOUR,
    Happening,
    brisk,
    complaint,
    feedback,
    interaction,
    moment,
    on,
    profile,
    purchase,
    records,
    rhythm,
)
from tests.laws.stage import Stage, payload_of, run

POLICY = brisk(
    time={"patience": "0s", "lateness": "1d"},
    staff={"batch": 2, "expire_after": "20d", "contact_within": "3d"},
    alerts={"raise_at": 0.99, "clear_at": 0.98, "critical": 0.995},
)
"""Nobody is called silent; turns of two customers a minute."""
MINUTE = 60.0
LEFT = on(20.5)


def customers(count: int, manager: str = "m1", until: int = 20) -> list[Happening]:
    """Customers of a manager who buy every other day, the first for 10, the next for 20, …"""
    names = [f"c{n}" for n in range(count)]
    return sorted(
        [
            *(profile(f"{name}-p", name, on(0), account_manager=manager) for name in names),
            *(
                event
                for n, name in enumerate(names)
                for event in rhythm(name, n / 100, 2, until // 2, 10.0 * (n + 1))
            ),
        ],
        key=lambda event: event.at,
    )


def left(at: float = LEFT, employee: str = "m1", kind: str = "employee_left") -> Happening:
    return interaction(f"{kind}-{at}", "any", at, kind, employee_id=employee)


def contact(customer: str, at: float, employee: str, kind: str = "contact") -> Happening:
    return interaction(f"x-{customer}-{at}", customer, at, kind, employee_id=employee)


def told(stage: Stage, kind: str = "staff-turnover") -> list[tuple[str, str, float]]:
    """Customer, stage and moment of the alerts of a kind, in order."""
    return [
        (alert.customer_id, alert.stage, alert.occurred_at.timestamp())
        for alert in stage.payloads("churn-risk")
        if alert.kind == kind
    ]


def after(*events: Happening, until: float = on(21.5), policy: Policy = POLICY) -> Stage:
    """A day after the departure of m1, who has five customers."""
    story = sorted([*customers(5), left(), *events], key=lambda event: event.at)
    return drive(records(story), until, policy)


def drive(batch: Sequence[Any], until: float, policy: Policy = POLICY) -> Stage:
    """As a worker does: the situation is heard of within the hour."""
    stage = Stage(policy)
    for record in batch:
        stage.feed([record])
        if record.topic == "interactions":
            stage.tick()
    stage.finish(until)
    return stage


def test_customers_hear_of_it_by_value_and_a_few_at_a_time() -> None:
    stage = after()
    assert told(stage) == [
        ("c4", "raised", LEFT),
        ("c3", "raised", LEFT),
        ("c2", "raised", LEFT + MINUTE),
        ("c1", "raised", LEFT + MINUTE),
        ("c0", "raised", LEFT + 2 * MINUTE),
    ]
    alert = stage.payloads("churn-risk")[-1]
    assert alert.cause == "staff_turnover"
    assert alert.reasons[0].feature == "owner"
    assert alert.reasons[0].text == "the account manager left 0 days ago"
    assert len(alert.reasons) > 1
    assert alert.probability < 0.9
    assert alert.evidence[0] == f"employee_left-{LEFT}"
    assert alert.deadline == moment(LEFT + 2 * MINUTE + 3 * 24 * HOUR)
    view = [item for item in stage.payloads("customer-state") if item.customer_id == "c0"][-1]
    assert view.manager == "m1"
    assert view.at_risk_because == "staff_turnover"
    assert [item.kind for item in view.open_alerts] == ["staff-turnover"]


def test_the_news_itself_touches_no_customer() -> None:
    stage = after(left(on(20.6), "nobody"))
    assert "any" not in stage.customers
    assert stage.counts["interactions", "applied"] == 52
    assert {item.customer_id for item in stage.payloads("customer-state")} == set(stage.customers)
    known = after(interaction("k", "c1", on(20.4), "employee_left", employee_id="m9"))
    assert sum(day.events for day in known.customers["c1"].days) == 10


@pytest.mark.parametrize(
    ("events", "raised"),
    [
        ([contact("c1", on(20.6), "m2")], "resolved"),
        ([contact("c1", on(20.6), "m1")], "raised"),
        ([contact("c1", on(20.6), "m2", "purchase")], "raised"),
        (
            [
                profile("n", "c1", on(20.6), account_manager="m2"),
                contact("c1", on(20.7), "m3"),
            ],
            "raised",
        ),
        (
            [
                profile("n", "c1", on(20.6), account_manager="m2"),
                contact("c1", on(20.7), "m2", "visit"),
            ],
            "resolved",
        ),
        ([profile("n", "c1", on(20.6), account_manager="m1")], "resolved"),
        ([left(on(21.2), kind="employee_back")], "resolved"),
        ([interaction("q", "c1", on(20.6), "cancel")], "expired"),
    ],
)
def test_a_contact_of_the_new_owner_or_a_return_ends_it(
    events: list[Happening], raised: str
) -> None:
    stage = after(*events)
    assert [step for name, step, _ in told(stage) if name == "c1"][-1] == raised
    view = [item for item in stage.payloads("customer-state") if item.customer_id == "c1"][-1]
    assert (view.at_risk_because is not None) is (raised == "raised")


def test_it_runs_out_by_the_clock_and_is_not_raised_again() -> None:
    stage = after(*(purchase(f"l{n}", "c1", on(22 + 2 * n)) for n in range(15)), until=on(52))
    mine = [(step, at) for name, step, at in told(stage) if name == "c1"]
    assert mine == [("raised", LEFT + MINUTE), ("expired", LEFT + MINUTE + 20 * 24 * HOUR)]


def test_what_a_team_answers_ends_it() -> None:
    first = after()
    alert = next(item for item in first.payloads("churn-risk") if item.customer_id == "c1")
    answer = feedback(
        "f", "c1", on(20.8), "alert", alert_id=alert.alert_id, alert_stage="dismissed"
    )
    stage = after(answer)
    assert [step for name, step, _ in told(stage) if name == "c1"] == ["raised", "resolved"]


def test_another_manager_in_the_profile_is_a_departure_for_this_customer_alone() -> None:
    events = [*customers(3), profile("n", "c1", LEFT, account_manager="m2")]
    stage = drive(records(sorted(events, key=lambda event: event.at)), on(22))
    assert told(stage) == [("c1", "raised", LEFT)]
    (alert,) = stage.payloads("churn-risk")
    assert alert.evidence[0] == "n"


@pytest.mark.parametrize("stated", [on(20.2), LEFT])
def test_a_profile_of_before_the_departure_that_comes_after_it_is_no_return(stated: float) -> None:
    stale = profile("stale", "c1", stated, account_manager="m1")
    stage = drive(records([*customers(2), left(), purchase("b", "c1", on(20.6)), stale]), on(21.5))
    assert [step for name, step, _ in told(stage) if name == "c1"] == ["raised"]


def test_who_left_before_their_customer_was_known_is_heard_of_with_the_profile() -> None:
    late = profile("n", "new", on(20.2), account_manager="m1")
    story = [*customers(1), left(), purchase("b", "new", on(20.6)), late]
    stage = drive(records(story), on(21.5), brisk(time={"patience": "0s", "lateness": "1d"}))
    assert [name for name, _, _ in told(stage)] == ["c0", "new"]


def test_the_control_group_hears_of_nothing() -> None:
    policy = brisk(
        time={"patience": "0s", "lateness": "1d"}, alerts={"control_share": 0.5}, staff={"batch": 9}
    )
    stage = after(policy=policy)
    assert 0 < len(told(stage)) < 5
    assert all(state.staff and state.staff.left == "m1" for state in stage.customers.values())


def test_an_open_churn_alert_gets_the_cause() -> None:
    policy = brisk(
        time={"patience": "0s", "lateness": "1d"}, alerts={"raise_at": 0.05, "clear_at": 0.01}
    )
    events = [
        *customers(1, until=12),
        complaint("o", "c0", on(19), "opened", cause="marketing_mix"),
        purchase("d", "dan", on(20)),
        left(),
        contact("c0", on(21), "m7"),
    ]
    stage = drive(records(events), on(21.2), policy)
    causes = [alert.cause for alert in stage.payloads("churn-risk") if alert.kind == "churn-risk"]
    assert causes[-3:] == ["marketing_mix", "staff_turnover", "marketing_mix"]


def test_a_snoozed_churn_alert_is_not_told_again_for_its_new_cause() -> None:
    policy = brisk(
        time={"patience": "0s", "lateness": "1d"}, alerts={"raise_at": 0.05, "clear_at": 0.01}
    )
    before = [*customers(1, until=12), purchase("d", "dan", on(20))]
    known = drive(records(before), on(20), policy).payloads("churn-risk")
    (raised,) = {alert.alert_id for alert in known}
    snooze = feedback("z", "c0", on(20.1), "alert", alert_id=raised, alert_stage="snoozed")
    stage = drive(records([*before, snooze, left()]), on(20.8), policy)
    assert [name for name, _, _ in told(stage)] == ["c0"]
    assert LEFT not in [at for _, _, at in told(stage, "churn-risk")]


def test_a_restart_in_the_middle_loses_nobody_and_keeps_order_and_ids() -> None:
    story = records([*customers(9), left()])
    whole, again = Stage(POLICY), Stage(POLICY)
    for stage in (whole, again):
        stage.feed(story)
        stage.tick()
    times = [LEFT + step * MINUTE / 2 for step in range(14)]
    for at in times:
        whole.take(whole.processor.advance(at - 24 * HOUR, at))
        again.restart()
        again.take(again.processor.advance(at - 24 * HOUR, at))
    assert len(told(whole)) == 9
    assert again.messages == whole.messages
    assert again.store == whole.store
    assert [key for key in whole.store if b"staff" in key] == [PREFIX + b"0/staff"]


def test_who_returns_the_next_day_ends_what_is_raised_and_what_is_not() -> None:
    """600 customers, 2 a minute: some hear of the return before they heard of the departure."""
    count = 600
    events: list[Happening] = []
    for n in range(count):
        events.append(profile(f"p{n}", f"c{n:05}", on(5), account_manager="m1"))
        events.append(purchase(f"b{n}", f"c{n:05}", on(15) + n, 1.0 + n))
    stage = Stage(POLICY)
    events.sort(key=lambda event: event.at)
    *before, back = records([*events, left(), left(LEFT + 100 * MINUTE, kind="employee_back")])
    stage.feed(before)
    stage.tick()
    stage.take(stage.processor.advance(on(19.5), LEFT + 99 * MINUTE))
    raised = [name for name, _, _ in told(stage)]
    assert len(raised) == 200
    assert largest_first(raised, stage)
    stage.feed([back])
    stage.tick()
    stage.restart()
    stage.take(stage.processor.advance(on(20), on(24)))
    steps = [step for _, step, _ in told(stage)]
    assert steps.count("resolved") == steps.count("raised") == len(steps) / 2
    assert 200 <= steps.count("raised") <= 210
    assert not any(state.staff and state.staff.left for state in stage.customers.values())
    assert [key for key in stage.store if b"staff" in key] == [PREFIX + b"0/staff"]


def test_a_jump_of_the_clock_takes_all_turns_in_one_call_to_the_same_result() -> None:
    events: list[Happening] = []
    for n in range(100):
        events.append(profile(f"p{n}", f"c{n:05}", on(5), account_manager="m1"))
        events.append(purchase(f"b{n}", f"c{n:05}", on(15) + n, 1.0 + n))
    events.sort(key=lambda event: event.at)
    jumped, walked = Stage(POLICY), Stage(POLICY)
    for stage, steps in ((jumped, [60]), (walked, range(61))):
        stage.feed(records([*events, left()]))
        stage.tick()
        for step in steps:
            stage.take(stage.processor.advance(on(19.5), LEFT + step * MINUTE))
    assert len(told(jumped)) == 100
    assert jumped.messages == walked.messages
    assert jumped.store == walked.store


def largest_first(names: Iterable[str], stage: Stage) -> bool:
    """Whether the customers stand in the order of their values, the highest first."""
    found = [decode_state(stage.store[name.encode()]).staff for name in names]
    values = [staff.value for staff in found if staff]
    return values == sorted(values, reverse=True)


def test_an_old_situation_that_is_read_again_changes_nothing() -> None:
    stage = after()
    old = Situation(
        as_of=moment(LEFT),
        version="old",
        departures=[Departure(employee_id="m1", left_at=moment(LEFT))],
    )
    before = len(stage.messages)
    stage.install([old, *stage.published])
    stage.take(stage.processor.advance(on(22), on(22)))
    assert [
        payload_of(message) for message in stage.messages[before:] if message.topic == "churn-risk"
    ] == []


def test_few_customers_or_none_are_no_trouble() -> None:
    stage = drive(records([left(), left(LEFT + HOUR, "m1", "employee_back")]), on(22))
    assert stage.customers == {}
    assert told(run(records(customers(1)), POLICY, until=on(22))) == []
