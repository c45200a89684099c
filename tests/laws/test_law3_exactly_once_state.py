"""Law 3: state exactly once, outputs at least once with the same ids."""

from collections.abc import Sequence
from itertools import islice
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import due
from detectors.durations import DAY
from detectors.effects import Message, Output, Record
from detectors.policy import Policy
from tests.detectors.builders import Happening, brisk, complaint, on, purchase, records, rhythm
from tests.laws.stage import Stage, id_of, is_hour, run
from tests.laws.stories import aggregated, disordered, end_of, mixed, stories

POLICY = brisk()
PUNCTUAL = brisk(time={"lateness": "0s"})
UNORDERED = brisk(time={"lateness": "4d", "duplicate_window": "4d"})
policies = st.sampled_from([POLICY, PUNCTUAL, UNORDERED])
positions = st.integers(0, 60)


def identities(messages: Sequence[Message]) -> set[tuple[str, str]]:
    return {(message.topic, id_of(message)) for message in messages if not is_hour(message)}


def redeliver(stage: Stage, batch: Sequence[Record]) -> Output:
    """Give records again to a restarted processor; the output is not applied."""
    stage.restart()
    return stage.processor.process(batch)


@settings(max_examples=20)
@given(mixed(), policies, positions, st.booleans())
def test_a_redelivered_suffix_changes_no_state_and_says_nothing_new(
    events: list[Happening], policy: Policy, start: int, at_the_end: bool
) -> None:
    stage = run(records(events), policy, until=end_of(events) if at_the_end else None)
    output = redeliver(stage, stage.heard[start:])
    assert {key: stage.store[key] for key in output.states} == output.states
    assert not any(outcome == "applied" for _, outcome in output.counts)
    assert {message.topic for message in output.messages} <= {"dead-letters"}
    assert identities(output.messages) <= identities(stage.messages)


@settings(max_examples=16)
@given(disordered(aggregated, lateness=4 * DAY), positions)
def test_a_redelivered_suffix_out_of_order_changes_nothing_either(
    story: tuple[list[Happening], list[Happening]], start: int
) -> None:
    batch = records(story[1])
    stage = run(batch, UNORDERED, until=end_of(story[1]))
    output = redeliver(stage, batch[start:])
    assert {key: stage.store[key] for key in output.states} == output.states
    assert not output.messages


@settings(max_examples=25)
@given(mixed(), policies, positions, positions, positions, st.floats(0.0, 1.0))
def test_a_crash_between_any_two_steps_gives_the_same_states_and_the_same_ids(
    events: list[Happening], policy: Policy, one: int, two: int, three: int, written: float
) -> None:
    """Acknowledged up to one place, sent and partly written up to another, then read again."""
    calm = run(records(events), policy, learns=False, until=end_of(events))
    batch = calm.heard
    first, second, third = sorted(min(place, len(batch)) for place in (one, two, three))
    stage = Stage(policy, learns=False)
    stage.feed(batch[:second])
    lost = stage.processor.process(batch[second:third])
    stage.messages += [message for message in lost.messages if not is_hour(message)]
    keys = list(lost.states)[: int(written * len(lost.states))]
    stage.store.update({key: lost.states[key] or b"" for key in keys})
    stage.restart()
    stage.feed(batch[first:])
    stage.finish(end_of(events))
    assert stage.store == calm.store
    assert identities(stage.messages) == identities(calm.messages)
    assert facts(stage) == facts(calm)


@settings(max_examples=25)
@given(mixed(), st.integers(1, 3), positions, positions, st.floats(0.0, 1.0))
def test_a_crash_between_two_parts_of_due_work_gives_the_same_states_ids_and_facts(
    events: list[Happening], most: int, begin: int, parts: int, written: float
) -> None:
    """Some parts were stored, the next one partly; then all is given again."""
    with mock.patch.object(due, "MOST_DUE", most):
        calm = run(records(events), POLICY, learns=False, until=end_of(events))
        stage = Stage(POLICY, learns=False, in_parts=True)
        stage.feed(calm.heard[:begin])
        outputs = stage.processor.process_in_parts(calm.heard[begin:])
        for output in islice(outputs, parts):
            stage.take(output)
        for lost in islice(outputs, 1):
            stage.messages += [message for message in lost.messages if not is_hour(message)]
            keys = list(lost.states)[: int(written * len(lost.states))]
            stage.store.update({key: lost.states[key] or b"" for key in keys})
        stage.restart()
        stage.feed(calm.heard[begin:])
        stage.finish(end_of(events))
    assert stage.store == calm.store
    assert identities(stage.messages) == identities(calm.messages)
    assert facts(stage) == facts(calm)


def test_whoever_is_reviewed_again_after_a_crash_is_not_counted_again() -> None:
    """Of those who are due on one day, the changelog got some, and not that time has moved on."""
    names = [f"customer-{number}" for number in range(30)]
    bought = [purchase(name, name, on(number / 30)) for number, name in enumerate(names)]
    calm = run(records(bought), POLICY, learns=False, until=on(40))
    stage = run(records(bought), POLICY, learns=False)
    lost = stage.processor.advance(on(40))
    stage.messages += lost.messages
    written = list(lost.states)[:16]
    stage.store.update({key: lost.states[key] or b"" for key in written})
    stage.restart()
    stage.finish(on(40))
    assert stage.store == calm.store
    assert identities(stage.messages) == identities(calm.messages)
    assert facts(stage) == facts(calm)
    assert sum(count for count, *_ in facts(calm).values()) > 30


def facts(stage: Stage) -> dict[str, Any]:
    """What the portfolio holds of each day in the end: a repeated fact replaces its predecessor."""
    return {
        f"{fact.bucket}/{fact.part}": (fact.customers, fact.rungs, fact.moves, fact.churned)
        for fact in stage.payloads("portfolio-facts")
    }


def test_an_applied_event_that_is_read_again_long_after_is_a_duplicate_not_late() -> None:
    batch = records(rhythm("ann", 0, 10, 5))
    stage = run(batch, POLICY)
    assert redeliver(stage, batch).counts == {("interactions", "duplicate"): 5}


def test_a_repeat_that_was_refused_once_is_refused_again_when_its_id_is_forgotten() -> None:
    policy = brisk(time={"lateness": "10d", "duplicate_window": "10d"})
    first = purchase("once", "ann", on(0))
    later = complaint("other", "ann", on(25), "opened")
    batch = records([first, first, later])
    stage = run(batch, policy)
    assert stage.counts["interactions", "duplicate"] == 1
    stage.restart()
    again = stage.processor.process(batch[1:2])
    assert again.counts == {("interactions", "duplicate"): 1}


@settings(max_examples=10)
@given(stories())
def test_the_ids_of_outputs_come_from_their_causes_alone(events: list[Happening]) -> None:
    one = run(records(events), POLICY, until=end_of(events))
    other = run(one.heard, POLICY, until=end_of(events))
    assert identities(one.messages) == identities(other.messages)
