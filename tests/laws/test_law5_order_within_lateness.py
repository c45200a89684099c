"""Law 5: order within the lateness does not matter for what is aggregated."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.facts import facts_at
from detectors.customer.pending import taken_apart
from detectors.customer.profiles import profile_at
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.policy import Policy
from tests.detectors.builders import Happening, brisk, complaint, on, profile, purchase, records
from tests.laws.stage import Stage, run
from tests.laws.stories import aggregated, disordered

POLICY = brisk(
    time={"lateness": "5d", "duplicate_window": "5d"},
    features={"profile_attributes": ["segment"], "event_attributes": ["score"]},
)
Story = tuple[list[Happening], list[Happening]]
stories = disordered(aggregated, lateness=5 * DAY)


TOLD = ("alert_id", "told", "told_after", "next_at", "value", "level")
"""Fields of a complaint that follow the order of arrival."""


def gathered(state: CustomerState, policy: Policy) -> dict[str, Any]:
    """The aggregated part of a state.

    Left out because they follow the order of arrival: offsets, alerts (with what has been told of a
    complaint) and the last published score (what is material is answered at once), and in which
    bytes event ids are remembered.
    """
    parts: dict[str, Any] = msgspec.structs.asdict(state)
    for name in ("offsets", "alerts", "last_score", "level"):
        del parts[name]
    parts["days"] = [
        msgspec.structs.replace(day, seen=b"".join(sorted(marks(day.seen)))) for day in state.days
    ]
    parts["complaints"] = [
        msgspec.structs.replace(case, **dict.fromkeys(TOLD, None))
        for case in sorted(state.complaints, key=lambda case: case.complaint_id)
    ]
    parts["waiting"] = [
        (run.targets, p.day, p.features, p.probability)
        for run in state.waiting
        for p in taken_apart(run.rows)[0]
    ]
    last = state.last_at + 1
    parts["profiles"] = [profile_at(state, moment) for moment in (last - 5 * DAY, last)]
    return parts


def marks(seen: bytes) -> list[bytes]:
    return [seen[at : at + 8] for at in range(0, len(seen), 8)]


def gathered_all(stage: Stage) -> dict[str, dict[str, Any]]:
    return {name: gathered(state, stage.policy) for name, state in stage.customers.items()}


@settings(max_examples=30)
@given(stories)
def test_delays_within_the_lateness_give_equal_states(story: Story) -> None:
    one, other = (run(records(events), POLICY, learns=False) for events in story)
    assert gathered_all(one) == gathered_all(other)


@settings(max_examples=25)
@given(stories, st.integers(0, 20))
def test_and_equal_features_at_the_end(story: Story, silent: int) -> None:
    one, other = (
        run(records(events), POLICY, learns=False, until=story[0][-1].at + silent * DAY)
        for events in story
    )
    assert one.customers.keys() == other.customers.keys()
    for name, state in one.customers.items():
        day = int(state.last_at // DAY) + silent
        assert facts_at(state, day, POLICY) == facts_at(other.customers[name], day, POLICY)


@settings(max_examples=20)
@given(stories)
def test_and_equal_predictions(story: Story) -> None:
    end = story[0][-1].at + 30 * DAY
    one, other = (run(records(events), POLICY, learns=False, until=end) for events in story)
    predicted = [
        {
            example.example_id: (example.features, example.label, example.probability)
            for example in stage.payloads("training-examples")
        }
        for stage in (one, other)
    ]
    assert predicted[0] == predicted[1]


@settings(max_examples=20)
@given(stories, st.lists(st.tuples(st.integers(0, 44), st.integers(0, 60)), max_size=6))
def test_a_repeat_counts_once_wherever_it_comes(
    story: Story, repeats: list[tuple[int, int]]
) -> None:
    heard = list(story[1])
    for which, later in repeats:
        event = heard[which % len(heard)]
        place = heard.index(event) + 1
        while place < len(heard) and later and heard[place].at < event.at + 4 * DAY:
            place, later = place + 1, later - 1
        heard.insert(place, event)
    once = run(records(story[1]), POLICY, learns=False)
    often = run(records(heard), POLICY, learns=False)
    assert gathered_all(often) == gathered_all(once)


def test_the_newest_statement_wins_whatever_arrives_last() -> None:
    events = [
        purchase("a", "ann", on(0)),
        complaint("open", "ann", on(1), "opened", cause="poor_service"),
        complaint("more", "ann", on(2), "responded", cause="broken_promise"),
        profile("gold", "ann", on(1), segment="gold", region="north"),
        profile("blue", "ann", on(2), segment="blue"),
    ]
    for order in (events, events[::-1]):
        state = run(records(order), POLICY).customers["ann"]
        assert state.complaints[0].cause == "broken_promise"
        found = profile_at(state, on(3))
        assert found is not None
        assert found.attributes == {"segment": "blue"}
