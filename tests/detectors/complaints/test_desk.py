"""The complaints desk: alerts of steps and of clocks, one open at a time, whatever the order."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.complaints.causes.tokens import hashed
from detectors.complaints.desk import ComplaintDesk
from detectors.customer.complaints import MAX_CASES
from detectors.durations import DAY
from schemas.complaint_alert import ComplaintAlert
from schemas.signal import Signal
from tests.detectors.builders import HOUR, Happening, brisk, complaint, on, purchase, records
from tests.laws.stage import Stage, id_of, run

CLOCK: dict[str, dict[str, object]] = {
    "calendar": {
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "opens": "00:00",
        "closes": "24:00",
    },
    "complaints": {
        "response": ["8h", "8h", "8h", "8h", "4h"],
        "resolution": ["20h", "20h", "20h", "20h", "10h"],
        "approaching": 0.75,
    },
}
POLICY = brisk(**CLOCK, time={"patience": "15m"})


def at(hours: float) -> float:
    return on(1) + hours * HOUR


def step(number: int, hours: float, stage: str, **fields: object) -> Happening:
    return complaint(f"s{number}", "ann", at(hours), stage, "case", **fields)


def told(stage: Stage) -> list[ComplaintAlert]:
    return stage.payloads("complaint-alerts")


def short(stage: Stage) -> list[tuple[float, str, str]]:
    """Hours, stage and kind of each alert."""
    return [((a.occurred_at.timestamp() - at(0)) / HOUR, a.stage, a.kind) for a in told(stage)]


OPENED = [purchase("p", "ann", on(0), 100.0), step(1, 0, "opened", severity=2)]


def test_silence_alone_tells_of_approaching_breach_and_breach_of_both_clocks() -> None:
    """Law 7: no further event comes."""
    stage = run(records(OPENED), POLICY, until=at(200))
    assert short(stage) == [
        (0, "raised", "opened"),
        (6, "updated", "approaching_breach"),
        (8, "updated", "breach"),
        (15, "updated", "approaching_breach"),
        (20, "updated", "breach"),
    ]
    opened, *_, last = told(stage)
    assert opened.due_at == opened.response_due_at
    assert (opened.state, opened.severity) == ("opened", 2)
    promised = [due for due in (opened.response_due_at, opened.resolution_due_at) if due]
    assert [(due.timestamp() - at(0)) / HOUR for due in promised] == [8, 20]
    assert opened.priority == opened.value_at_stake
    assert last.priority == pytest.approx((1 + 3 * 20 / 8) * (last.value_at_stake or 0), abs=0.1)
    assert "the resolution is overdue" in [reason.text for reason in last.reasons]
    assert len({a.alert_id for a in told(stage)}) == 1
    assert run(records(OPENED), POLICY, until=at(9_000)).customers["ann"].complaints[0].next_at == 0


@pytest.mark.parametrize("stage", ["resolved", "withdrawn"])
def test_an_ending_stops_the_clocks_and_resolves_the_alert(stage: str) -> None:
    done = run(records([*OPENED, step(2, 5, stage)]), POLICY, until=at(200))
    assert short(done) == [(0, "raised", "opened"), (5, "resolved", "resolved")]
    assert told(done)[-1].state == stage
    assert told(done)[-1].priority is None


def test_an_answer_stops_the_first_clock_only() -> None:
    stage = run(records([*OPENED, step(2, 5, "responded")]), POLICY, until=at(200))
    assert short(stage)[1:] == [
        (5, "updated", "responded"),
        (15, "updated", "approaching_breach"),
        (20, "updated", "breach"),
    ]


def test_reopening_raises_a_new_alert_and_starts_a_new_resolution_clock() -> None:
    steps = [step(2, 5, "resolved"), step(3, 50, "reopened"), step(4, 100, "resolved")]
    stage = run(records([*OPENED, *steps]), POLICY, until=at(500))
    assert short(stage) == [
        (0, "raised", "opened"),
        (5, "resolved", "resolved"),
        (50, "raised", "reopened"),
        (65, "updated", "approaching_breach"),
        (70, "updated", "breach"),
        (100, "resolved", "resolved"),
    ]
    assert len({alert.alert_id for alert in told(stage)}) == 2


def test_reopened_after_a_year_it_is_raised_again() -> None:
    year = 365 * 24.0
    steps = [step(2, 5, "resolved"), step(3, year, "reopened")]
    stage = run(records([*OPENED, *steps]), POLICY, until=at(year + 1))
    assert short(stage)[-1] == (year, "raised", "reopened")


def test_resolved_twice_is_told_once() -> None:
    steps = [step(2, 5, "resolved"), step(3, 6, "resolved")]
    assert len(told(run(records([*OPENED, *steps]), POLICY, until=at(200)))) == 2


def test_an_ending_before_its_opening_is_joined_and_nothing_is_raised() -> None:
    events = [OPENED[0], step(2, 5, "resolved"), step(1, 0, "opened")]
    stage = run(records(events), POLICY, until=at(200))
    assert told(stage) == []
    (case,) = stage.customers["ann"].complaints
    assert (case.opened_at, case.turns) == (at(0), [(at(5), 1)])


def test_what_a_clock_had_to_tell_is_told_before_a_step_that_comes_within_the_patience() -> None:
    steps = [step(2, 8.1, "resolved")]
    assert short(run(records([*OPENED, *steps]), POLICY, until=at(200))) == [
        (0, "raised", "opened"),
        (6, "updated", "approaching_breach"),
        (8, "updated", "breach"),
        (8.1, "resolved", "resolved"),
    ]


def test_an_answer_on_its_way_within_the_patience_prevents_the_breach() -> None:
    events = [*OPENED, purchase("q", "bob", at(8.2)), step(2, 7.9, "responded")]
    kinds = [kind for _, _, kind in short(run(records(events), POLICY, until=at(10)))]
    assert kinds == ["opened", "approaching_breach", "responded"]


def test_a_graver_severity_brings_the_breach_forward_to_the_moment_it_is_known() -> None:
    steps = [step(2, 5, "escalated", severity=5)]
    stage = run(records([*OPENED, *steps]), POLICY, until=at(7.4))
    assert short(stage)[1:] == [
        (5, "updated", "escalated"),
        (5, "updated", "approaching_breach"),
        (5, "updated", "breach"),
    ]


def test_all_complaints_at_one_second_have_their_own_alerts_and_ids() -> None:
    at_once = [complaint(f"c{n}", f"customer-{n}", at(0), "opened", f"k{n}") for n in range(100)]
    stage = run(records(at_once), POLICY, until=at(200))
    assert Counter(alert.kind for alert in told(stage)) == {
        "opened": 100,
        "approaching_breach": 200,
        "breach": 200,
    }
    ids = [id_of(m) for m in stage.messages if m.topic == "complaint-alerts"]
    assert len(set(ids)) == 500


def test_a_complaint_that_makes_room_has_its_alert_ended() -> None:
    """Law 7: no open timer is left of what is not followed any more."""
    many = [
        complaint(f"c{n}", "ann", at(n / 60), "opened", f"case-{n}") for n in range(MAX_CASES + 1)
    ]
    stage = run(records(many), POLICY, until=at(1))
    (expired,) = (alert for alert in told(stage) if alert.stage == "expired")
    assert expired.complaint_id == "case-0"


stories = st.lists(
    st.tuples(
        st.sampled_from(["opened", "responded", "resolved", "reopened", "escalated", "withdrawn"]),
        st.sampled_from([0.0, 0.1, 1.0, 7.0, 30.0]),
        st.sampled_from([None, 1, 5]),
        st.sampled_from(["one", "two"]),
    ),
    min_size=2,
    max_size=14,
)


def events_of(story: list[tuple[str, float, int | None, str]]) -> list[Happening]:
    events, hours = [OPENED[0]], 0.0
    for number, (stage, gap, severity, case) in enumerate(story):
        hours += gap
        name = f"s{number}"
        events.append(complaint(name, "ann", at(hours), stage, case, severity=severity))
    return events


@settings(max_examples=40)
@given(stories, st.sets(st.integers(1, 14)))
def test_law_1_and_6_any_cut_gives_the_same_alerts_and_one_is_open_at_a_time(
    story: list[tuple[str, float, int | None, str]], cuts: set[int]
) -> None:
    batch = records(events_of(story))
    whole = run(batch, POLICY, until=at(900), learns=False)
    assert run(batch, POLICY, cuts=cuts, until=at(900), learns=False).messages == whole.messages
    for case in ("one", "two"):
        alerts = [alert for alert in told(whole) if alert.complaint_id == case]
        stages = [alert.stage for alert in alerts]
        assert not stages or stages[0] == "raised"
        for (before, after), (one, other) in zip(pairwise(stages), pairwise(alerts), strict=True):
            assert (after == "raised") == (before == "resolved")
            assert one.occurred_at <= other.occurred_at
            assert (one.alert_id == other.alert_id) == (after != "raised")
    assert all(not case.next_at for case in whole.customers["ann"].complaints)


def test_a_restart_between_steps_forgets_no_clock() -> None:
    batch = records([*OPENED, purchase("q", "bob", at(7))])
    stage = run(batch[:2], POLICY, learns=False)
    stage.restart()
    stage.feed(batch[2:])
    stage.restart()
    stage.finish(at(50))
    assert short(stage) == short(run(batch, POLICY, until=at(50), learns=False))


def test_customers_without_complaints_have_no_clock() -> None:
    stage = run(records(OPENED[:1]), POLICY)
    desk = ComplaintDesk(POLICY, stage.processor.decisions)
    assert desk.next_at(stage.customers["ann"]) == 0.0


TEXT = "Agent Zaphod was rude, hung up on me, and nobody answers"


def test_the_cause_is_recognised_from_text_and_the_text_stays_out_of_everything() -> None:
    stage = run(records([OPENED[0], step(1, 0, "opened", text=TEXT)]), POLICY, until=at(9))
    for alert in told(stage):
        assert alert.cause == "poor_service"
        assert (alert.cause_confidence or 0) > POLICY.complaints.cause_confidence
        assert set(alert.cause_words) <= {"rude", "hung up", "nobody answers"}
        assert "rude" in alert.cause_words
    held = [m.value or b"" for m in stage.messages] + list(stage.store.values())
    assert not any(b"aphod" in value or b"on me" in value for value in held)


def test_a_stated_cause_wins_and_its_words_teach_once() -> None:
    events = [
        OPENED[0],
        step(1, 0, "opened", text=TEXT, product_id="line", channel="phone", region="north"),
        step(2, 1, "responded", cause="culture"),
        step(3, 2, "resolved", cause="culture"),
    ]
    stage = run(records(events), POLICY, until=at(9), learns=False)
    first, second = (s for s in stage.payloads("signals") if s.kind != "hour")
    assert isinstance(first, Signal)
    assert (first.kind, first.cause, first.tokens) == ("complaint", "poor_service", [])
    assert (first.product_id, first.channel, first.region) == ("line", "phone", "north")
    assert (second.kind, second.cause) == ("cause", "culture")
    assert hashed("rude") in second.tokens
    assert told(stage)[-1].cause == "culture"
    assert told(stage)[-1].cause_confidence is None
    (case,) = stage.customers["ann"].complaints
    assert (case.cause, case.words) == ("culture", b"")


def test_what_was_learned_speaks_from_the_next_hour_on() -> None:
    text = "a frobnicator"
    teaching = [
        complaint(f"t{n}", f"c{n}", at(n / 100), "opened", f"t{n}", text=text, cause="culture")
        for n in range(20)
    ]
    asking = [
        complaint(f"a{n}", f"d{n}", on(day), "opened", f"a{n}", text="my frobnicator")
        for n, day in enumerate((1.5, 3.5, 4.5))
    ]
    stage = run(records([*teaching, *asking]), POLICY, until=on(6))
    said = {a.customer_id: a.cause for a in told(stage) if a.kind == "opened"}
    assert (said["d0"], said["d2"]) == ("unknown", "culture")


@pytest.mark.parametrize("text", ["😡😡😡", "word " * 200_000])
def test_only_emoji_or_a_megabyte_of_text_is_unknown_and_harmless(text: str) -> None:
    stage = run(records([OPENED[0], step(1, 0, "opened", text=text)]), POLICY, until=at(9))
    assert told(stage)[0].cause in (None, "unknown")
    assert len(stage.store[b"ann"]) < 1_500


def test_a_calendar_of_other_hours_is_used() -> None:
    office = brisk(complaints={"response": ["8h"] * 5})
    friday = 15_002.0 * DAY + 16 * HOUR  # 2011-01-28
    events = [OPENED[0], complaint("c", "ann", friday, "opened")]
    (opened, *_) = told(run(records(events), office))
    assert opened.response_due_at is not None
    assert opened.response_due_at.isoformat() == "2011-01-31T16:00:00+00:00"
