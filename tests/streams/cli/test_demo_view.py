"""The demo's feed of alerts: readable, and the valuable ones first."""

from streams.cli.demo_view import ALERT_INTERVAL, AlertFeed, KindFeed, PlainView
from tests.streams.cli.examples import churn_risk, complaint, incident, upgrade


def test_of_many_alerts_the_most_valuable_new_one_is_shown() -> None:
    feed = AlertFeed(clock=lambda: 0.0)
    (shown,) = feed.take(
        [
            churn_risk(customer_id="small", value_at_stake=5.0),
            churn_risk(customer_id="big", value_at_stake=900.0),
            churn_risk(customer_id="closed", value_at_stake=9000.0, stage="resolved"),
        ]
    )
    assert shown.customer == "big"
    assert feed.total == 3


def test_no_more_alerts_are_shown_than_a_person_can_read() -> None:
    now = 0.0
    feed = AlertFeed(clock=lambda: now)
    assert len(feed.take([churn_risk(customer_id="first")])) == 1
    assert feed.take([churn_risk(customer_id="too soon")]) == []
    now = ALERT_INTERVAL
    (shown,) = feed.take([])
    assert shown.customer == "too soon"
    now = 2 * ALERT_INTERVAL
    assert feed.take([]) == []


def test_without_a_terminal_the_steps_and_alerts_are_lines() -> None:
    lines: list[str] = []
    view = PlainView(lines.append)
    view.step("Starting a worker")
    view.alerts([churn_risk()])
    assert lines[0] == "Starting a worker"
    assert " ".join(lines[1].split()) == (
        "2011-06-01 silence 17841 high 72% 1,234 GBP no purchase for 41 days; usually every 12"
    )


def test_in_the_second_act_some_of_each_kind_are_shown_and_nothing_else() -> None:
    feed = KindFeed()
    breaches = [complaint(kind="breach", customer_id=f"b{n}") for n in range(5)]
    missed = [churn_risk(customer_id=f"m{n}", kind="staff-turnover") for n in range(5)]
    shown = feed.take([churn_risk(), upgrade(), *breaches, *missed, incident()])
    assert [line.customer for line in shown[:4]] == ["b0", "b1", "m0", "m1"]
    assert [line.alert for line in shown[4:]] == ["incident"]
    assert feed.total == 13
    assert feed.take(breaches) == []
