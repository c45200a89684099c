"""Law 6: at most one open alert per customer and kind, with hysteresis and cool-down."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alerts.lifecycle import band_of
from detectors.alerts.staff import KIND as STAFF
from detectors.durations import DAY
from detectors.policy import Policy
from tests.detectors.builders import (
    Happening,
    brisk,
    complaint,
    feedback,
    on,
    purchase,
    records,
    rhythm,
)
from tests.laws.stage import LATEST_ALERT, Stage, payload_of, run
from tests.laws.stories import end_of, stories

POLICIES = (
    brisk(),
    brisk(time={"lateness": "0s"}),
    brisk(time={"lateness": "3d", "duplicate_window": "3d"}, alerts={"cool_down": "0s"}),
)
policies = st.sampled_from(POLICIES)


def lives(stage: Stage, topic: str) -> dict[str, list[Any]]:
    """The steps of each customer's alerts of a topic, in order; without those of departures."""
    steps: dict[str, list[Any]] = {}
    for step in stage.payloads(topic):
        if getattr(step, "kind", "") != STAFF:
            steps.setdefault(step.customer_id, []).append(step)
    return steps


def alert_id(step: Any) -> str:
    return str(getattr(step, "alert_id", None) or step.opportunity_id)


def check_life(steps: list[Any], cool_down: float) -> str | None:
    """Raised, updated any number of times, ended, cooled down, raised …; the id open at the end."""
    opened: str | None = None
    ended_at = float("-inf")
    used: set[str] = set()
    last = float("-inf")
    for step in steps:
        at = step.occurred_at.timestamp()
        if step.stage == "raised":
            assert opened is None
            assert at >= ended_at + cool_down
            opened = alert_id(step)
            assert opened not in used
            used.add(opened)
        else:
            assert alert_id(step) == opened
            assert step.stage in ("updated", "resolved", "expired")
            assert at >= last
        assert (step.closed_because is not None) == (step.stage in ("resolved", "expired"))
        if step.closed_because is not None:
            opened, ended_at = None, at
        last = at
    return opened


@settings(max_examples=23)
@given(stories(), policies)
def test_every_alert_is_raised_then_updated_then_ends_before_the_next(
    events: list[Happening], policy: Policy
) -> None:
    """In every prefix of the stream: the walk fails at the first message that breaks it."""
    stage = run(records(events), policy, until=end_of(events))
    for topic, cool_down in (
        ("churn-risk", policy.alerts.cool_down),
        ("upgrade-opportunity", policy.upgrade.cool_down),
    ):
        found = {name: check_life(steps, cool_down) for name, steps in lives(stage, topic).items()}
        for name, state in stage.customers.items():
            alert = state.alerts.get(topic)
            is_open = alert is not None and not alert.closed_at
            assert (alert.alert_id if alert and is_open else None) == found.get(name)


@settings(max_examples=16)
@given(stories(), policies)
def test_it_opens_at_a_high_threshold_and_closes_at_a_lower_one(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(records(events), policy, until=end_of(events))
    risks = stage.payloads("churn-risk")
    staff = {(risk.customer_id, risk.occurred_at) for risk in risks if risk.kind == STAFF}
    for steps in lives(stage, "churn-risk").values():
        told_of: Any = None
        for step in steps:
            assert step.band == band_of(step.probability, policy.alerts)
            if step.stage == "raised":
                assert step.probability >= policy.alerts.raise_at - 1e-6
            elif step.stage == "updated":
                assert step.probability >= policy.alerts.clear_at - 1e-6
                moved = abs(step.probability - told_of.probability)
                # With news of the account manager an open alert is told again.
                is_news = (step.customer_id, step.occurred_at) in staff
                is_news = is_news or step.band != told_of.band
                assert is_news or moved >= policy.alerts.update_step - 2e-6
            elif step.closed_because == "risk fell below the threshold":
                assert step.stage == "resolved"
                assert step.probability < policy.alerts.clear_at + 1e-6
            told_of = step


@settings(max_examples=13)
@given(stories(), policies)
def test_the_public_view_lists_exactly_the_open_alerts(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(records(events), policy, until=end_of(events))
    shown = {
        view.customer_id: {(alert.kind, alert.alert_id) for alert in view.open_alerts}
        for view in stage.payloads("customer-state")
    }
    for name, state in stage.customers.items():
        kept = {(kind, a.alert_id) for kind, a in state.alerts.items() if not a.closed_at}
        assert shown.get(name, set()) == kept


@settings(max_examples=13)
@given(stories(), policies)
def test_an_upgrade_is_never_proposed_during_a_complaint_or_a_high_risk(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(records(events), policy, until=end_of(events))
    for position, message in enumerate(stage.messages):
        if message.topic != "upgrade-opportunity" or payload_of(message).stage != "raised":
            continue
        # The view that goes with it follows.
        view = next(
            payload_of(later)
            for later in stage.messages[position:]
            if later.topic == "customer-state" and later.key == message.key
        )
        assert view.open_complaints == 0
        assert view.probability < policy.upgrade.max_risk
        assert "churn-risk" not in {alert.kind for alert in view.open_alerts}


def test_an_older_review_does_not_end_an_alert_that_a_newer_complaint_has_raised() -> None:
    """The review as of an evening that comes due after the complaint knows nothing of it."""
    policy = brisk(time={"lateness": "3d", "duplicate_window": "3d"})
    events = rhythm("ann", 0, 1, 12)
    asked = [complaint(f"c{n}", "ann", on(12 + n / 10), "opened", f"c{n}") for n in range(4)]
    stage = run(records([*events, *asked]), policy, until=on(13))
    for name, steps in lives(stage, "churn-risk").items():
        check_life(steps, policy.alerts.cool_down)
        for step in steps:
            assert step.occurred_at.timestamp() <= stage.customers[name].last_at


def test_an_answer_of_the_team_ends_the_alert_and_starts_the_cool_down() -> None:
    policy = brisk(time={"lateness": "0s"})
    events = rhythm("ann", 0, 1, 10)
    tick = purchase("tick", "bob", on(30) - 1)
    answer = feedback("no", "ann", on(30), "alert", alert_id=LATEST_ALERT, alert_stage="dismissed")
    stage = run(records([*events, tick, answer]), policy, until=on(45))
    raised, *_, closed = [
        s for s in lives(stage, "churn-risk")["ann"] if s.occurred_at.timestamp() <= on(30)
    ]
    assert (raised.stage, closed.stage) == ("raised", "resolved")
    assert closed.closed_because == "dismissed by the team"
    later = [s for s in lives(stage, "churn-risk")["ann"] if s.occurred_at.timestamp() > on(30)]
    assert all(s.occurred_at.timestamp() >= on(30) + policy.alerts.cool_down for s in later)


def test_a_snoozed_alert_sends_no_updates_for_a_week() -> None:
    policy = brisk(time={"lateness": "0s"}, alerts={"update_step": 0.01, "raise_at": 0.41})
    events = rhythm("ann", 0, 1, 10)
    noisy = run(records(events), policy, until=on(30))
    first = lives(noisy, "churn-risk")["ann"][0].occurred_at.timestamp()
    answer = feedback(
        "later", "ann", first + 60, "alert", alert_id=LATEST_ALERT, alert_stage="snoozed"
    )
    tick = purchase("tick", "bob", first + 30)
    quiet = run(records([*events, tick, answer]), policy, until=on(30))

    def updates(stage: Stage) -> list[float]:
        times = [s.occurred_at.timestamp() for s in lives(stage, "churn-risk")["ann"][1:]]
        return [time for time in times if time < first + 7 * DAY]

    assert updates(noisy)
    assert not updates(quiet)
