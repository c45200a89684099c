"""The processor: when it reacts at once, and what comes out."""

from typing import Any

import pytest

from detectors.durations import DAY
from detectors.effects import Message, Output
from detectors.processor import PartitionProcessor
from tests.detectors.builders import (
    Happening,
    brisk,
    complaint,
    feedback,
    interaction,
    on,
    profile,
    purchase,
    record,
    records,
    rhythm,
)
from tests.laws.stage import LATEST_ALERT, Stage, id_of, payload_of, run

POLICY = brisk(time={"lateness": "0s"})


def reaction(event: Happening, *before: Happening) -> Output:
    """What the processor says to one event after others."""
    events = [*before, event]
    batch = run(records(events), POLICY).heard
    stage = run(batch[:-1], POLICY)
    # All that is due before the event is done, so that only the reaction remains.
    stage.finish(event.at)
    return stage.processor.process(batch[-1:])


def topics(output: Output) -> list[str]:
    return [message.topic for message in output.messages if message.topic != "signals"]


REGULAR = rhythm("ann", 0, 2, 10)


@pytest.mark.parametrize(
    "event",
    [
        interaction("x", "ann", on(19), "visit"),
        interaction("x", "ann", on(19), "return", amount=3.0),
        purchase("x", "ann", on(19)),
        profile("x", "ann", on(19), segment="gold"),
        feedback("x", "ann", on(19), "survey", score_nps=3),
        complaint("x", "ann", on(19), "responded"),
    ],
    ids=lambda event: event.topic + str(getattr(event.payload, "kind", "")),
)
def test_what_is_not_material_waits_for_the_review(event: Happening) -> None:
    wanted = {"customer-state", "upgrade-opportunity"} if event.topic == "complaints" else set()
    assert set(topics(reaction(event, *REGULAR))) <= wanted


def test_a_complaint_is_answered_at_once() -> None:
    output = reaction(complaint("x", "ann", on(19), "opened", severity=4), *REGULAR)
    assert topics(output)[0] == "complaint-alerts"
    alert = payload_of(output.messages[0])
    assert (alert.stage, alert.kind, alert.severity) == ("raised", "opened", 4)
    assert alert.evidence == ["x"]
    assert alert.value_at_stake > 0
    assert "customer-state" in topics(output)
    assert output.alerts["complaint", "4", "opened"] == 1


@pytest.mark.parametrize(
    ("stage", "kind", "alert_stage"),
    [
        ("resolved", "resolved", "resolved"),
        ("withdrawn", "resolved", "resolved"),
        ("reopened", "reopened", "updated"),
        ("escalated", "escalated", "updated"),
    ],
)
def test_each_step_of_a_complaint_has_the_same_alert(
    stage: str, kind: str, alert_stage: str
) -> None:
    opened = complaint("o", "ann", on(18.5), "opened")
    output = reaction(complaint("x", "ann", on(19), stage), *REGULAR, opened)
    alert = payload_of(output.messages[0])
    first = payload_of(reaction(opened, *REGULAR).messages[0])
    assert (alert.kind, alert.stage, alert.alert_id) == (kind, alert_stage, first.alert_id)


def test_a_cancel_request_is_scored_at_once_and_may_raise_the_alert() -> None:
    output = reaction(interaction("x", "ann", on(19), "cancel_request"), *REGULAR)
    assert set(topics(output)) == {"churn-risk", "customer-state"}
    risk = payload_of(output.messages[0])
    assert risk.stage == "raised"
    assert risk.occurred_at.timestamp() == on(19)
    assert "cancel_request" in {reason.feature for reason in risk.reasons}


def test_a_return_while_an_alert_is_open_is_scored_at_once() -> None:
    output = reaction(purchase("back", "ann", on(35)), *REGULAR)
    assert topics(output) == ["churn-risk", "customer-state"]
    risk = payload_of(output.messages[0])
    assert risk.stage in ("resolved", "updated")
    assert risk.changed[0].feature == "silence"
    assert risk.changed[0].contribution_change < 0
    # A second purchase on that day says nothing new.
    batch = records([*REGULAR, purchase("b1", "ann", on(35)), purchase("b2", "ann", on(35) + 60)])
    stage = run(batch[:-1], POLICY)
    assert not stage.processor.process(batch[-1:]).messages


def test_a_cancellation_ends_all_alerts_at_once() -> None:
    output = reaction(interaction("x", "ann", on(35), "cancel"), *REGULAR)
    assert topics(output) == ["churn-risk", "customer-state"]
    risk = payload_of(output.messages[0])
    assert (risk.stage, risk.closed_because) == ("expired", "the customer cancelled")
    assert not payload_of(output.messages[1]).open_alerts


def test_a_cancelled_customer_is_scored_no_more_until_it_comes_back() -> None:
    events = [*REGULAR, interaction("x", "ann", on(19), "cancel")]
    gone = run(records(events), POLICY, until=on(40))
    assert all(e.at.timestamp() <= on(19) for e in gone.payloads("training-examples"))
    back = run(records([*events, purchase("y", "ann", on(25))]), POLICY, until=on(60))
    assert any(e.at.timestamp() > on(25) for e in back.payloads("training-examples"))


@pytest.mark.parametrize(
    ("answer", "stage"), [("dismissed", "resolved"), ("saved", "resolved"), ("lost", "expired")]
)
def test_an_answer_of_the_team_ends_the_alert(answer: str, stage: str) -> None:
    tick = purchase("tick", "bob", on(34))
    event = feedback("x", "ann", on(35), "alert", alert_id=LATEST_ALERT, alert_stage=answer)
    risk = payload_of(reaction(event, *REGULAR, tick).messages[0])
    assert (risk.stage, risk.closed_because) == (stage, f"{answer} by the team")


def test_a_contact_is_counted_and_an_unknown_alert_is_no_harm() -> None:
    event = feedback("x", "ann", on(19), "alert", alert_id="nobody's", alert_stage="contacted")
    stage = run(records([*REGULAR, event]), POLICY)
    assert stage.customers["ann"].days[-1].contacts == 1
    other = feedback("x", "ann", on(19), "alert", alert_id="nobody's", alert_stage="dismissed")
    assert not reaction(other, *REGULAR).messages


def test_all_that_is_due_comes_before_the_event_that_made_it_due() -> None:
    stage = run(records(REGULAR), POLICY)
    output = stage.processor.process([record(complaint("x", "ann", on(36), "opened"), 0)])
    times = [payload_of(m).as_of for m in output.messages if m.topic == "customer-state"]
    assert times == sorted(times)
    assert times[-1].timestamp() == on(36)
    assert topics(output).index("complaint-alerts") > topics(output).index("churn-risk")


def test_the_watermark_is_the_newest_event_less_the_lateness() -> None:
    processor = PartitionProcessor(0, brisk(time={"lateness": "2d"}), lambda key: None)
    assert processor.watermark == float("-inf")
    assert processor.advance(float("-inf")).messages == []
    assert processor.process(records([purchase("a", "ann", on(10))])).watermark == on(8)
    assert processor.advance(on(9)).watermark == on(9)
    assert processor.process(records([purchase("b", "bob", on(10.5))])).watermark == on(9)


def test_partitions_are_apart() -> None:
    stages = []
    for partition in (0, 7):
        stage = Stage(POLICY)
        stage.processor = PartitionProcessor(partition, POLICY, stage.store.get)
        stage.feed([record(e, n, partition=partition) for n, e in enumerate(REGULAR)])
        stage.finish(on(60))
        stages.append(stage)
    assert {key for stage in stages for key in stage.store} == {
        b"ann",
        b"\x00partition/0",
        b"\x00partition/0/told",
        b"\x00partition/7",
        b"\x00partition/7/told",
    }
    facts = [{id_of(m) for m in s.messages if m.topic == "portfolio-facts"} for s in stages]
    assert not facts[0] & facts[1]
    assert {example.partition for example in stages[1].payloads("training-examples")} == {7}


def test_counts_tell_reviews_examples_and_alerts() -> None:
    stage = run(records(REGULAR), POLICY)
    output = stage.processor.advance(on(60))
    by_topic: dict[str, list[Any]] = {}
    for message in output.messages:
        by_topic.setdefault(message.topic, []).append(payload_of(message))
    assert output.examples == len(by_topic["training-examples"])
    assert sum(output.alerts.values()) == len(by_topic["churn-risk"])
    assert output.reviews > 0
    assert output.watermark == on(60)


def test_without_telling_states_examples_and_facts_are_the_same() -> None:
    batch = records([*REGULAR, interaction("x", "ann", on(19), "cancel_request")])
    stores: list[dict[bytes, bytes]] = [{}, {}]
    taught: list[list[Message]] = [[], []]
    for tells in (False, True):
        store = stores[tells]
        processor = PartitionProcessor(0, POLICY, store.get, tells=tells)
        told_of: set[str] = set()
        alerts = 0
        for output in (processor.process(batch), processor.advance(on(90))):
            store.update({key: state for key, state in output.states.items() if state})
            told_of |= set(topics(output)) - {"training-examples", "portfolio-facts"}
            alerts += output.alerts.total()
            taught[tells] += [
                message
                for message in output.messages
                if message.topic in ("training-examples", "portfolio-facts")
            ]
        assert alerts
        assert told_of == ({"churn-risk", "customer-state"} if tells else set())
    assert stores[0] == stores[1]
    assert taught[0] == taught[1] != []


def test_a_prediction_carries_what_was_under_way() -> None:
    events = [
        *REGULAR,
        complaint("c", "ann", on(19), "opened"),
        interaction("v", "ann", on(19), "contact"),
    ]
    stage = run(records(events), POLICY, until=on(90))
    (raised, *_) = [r for r in stage.payloads("churn-risk") if r.stage == "raised"]
    before, *_, after = stage.payloads("training-examples")
    assert not any(before.context.values())
    under_way = {"alert_open", "complaint_open", "contacted", "offered", "control"}
    assert before.context.keys() == under_way
    assert after.context["complaint_open"]
    assert not after.context["contacted"]
    first = next(e for e in stage.payloads("training-examples") if e.at.timestamp() > on(19))
    assert first.context["contacted"]
    # The alert of the same review counts: the team is told of it from that moment on.
    assert any(
        e.at == raised.occurred_at and e.context["alert_open"]
        for e in stage.payloads("training-examples")
    )
    assert (after.matured_at - after.at).total_seconds() == POLICY.churn.horizon
    assert after.horizon_days * DAY == POLICY.churn.horizon


def test_law_4_an_event_before_1970_is_a_dead_letter_and_not_a_state_nobody_keeps() -> None:
    processor = PartitionProcessor(0, POLICY, lambda _: None)
    output = processor.process([record(purchase("x", "ann", -5 * DAY), 0)])
    assert output.counts == {("interactions", "dead_lettered"): 1}
    assert topics(output) == ["dead-letters"]
    assert b"ann" not in output.states
