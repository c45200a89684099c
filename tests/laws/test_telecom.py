"""The laws on a world with complaints, departures, crises and offers (`examples/telecom`).

The story-telling tests beside this one try a few customers in every way; here a company of fifty
customers lives for two months, and all topics are compared.
"""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.effects import Record
from detectors.policy import Policy
from detectors.reviews import due_day
from schemas.codec import Decoded
from streams.arrivals import Arrivals
from streams.replay.run import replay
from streams.sources.events import EncodedEvent
from streams.sources.order import merged
from tests.examples.telecom import World
from tests.laws.stage import Stage, run
from tests.laws.test_law5_order_within_lateness import gathered

CUSTOMERS, DAYS = 50, 65
LATE = 18 * 3600.0
"""Delays of up to so many seconds; the policy allows a day."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("telecom") / "world", CUSTOMERS, DAYS)


@pytest.fixture(scope="module")
def events(world: World) -> list[EncodedEvent]:
    return list(merged(world.sources))


@pytest.fixture(scope="module")
def in_order(world: World, events: list[EncodedEvent]) -> Stage:
    """The events, each heard as it happened; to be read only."""
    return run(told(world, events), world.policy, learns=False)


def told(world: World, events: Sequence[EncodedEvent]) -> list[Record]:
    """Events in the order in which they are heard, as records."""
    arrivals = Arrivals(world.policy)
    return [arrivals.record(event) for event in events]


def delayed(events: Sequence[EncodedEvent], seed: int) -> list[EncodedEvent]:
    """The events, each heard up to `LATE` seconds after it happened."""
    draw = random.Random(seed)
    heard = [(event.occurred_at + draw.random() * LATE, n) for n, event in enumerate(events)]
    return [events[number] for _, number in sorted(heard)]


def settled(state: CustomerState, policy: Policy) -> dict[str, Any]:
    """The aggregated part of a state, without what was said at once.

    What was predicted as an offer was made, what was told of a complaint's clock, and the value at
    stake by which an account manager's customers wait, follow the order of arrival as alerts do:
    what came later was not known then.
    """
    parts = gathered(state, policy)
    parts["complaints"] = [
        structs.replace(case, told=0, told_after=0.0) for case in parts["complaints"]
    ]
    if parts["staff"] is not None:
        # What was at stake when the customer was scored last; it only orders the turns.
        parts["staff"] = structs.replace(parts["staff"], value=0.0)
    offered = policy.upgrade_target.name
    parts["waiting"] = [row for row in parts["waiting"] if row[0] != offered]
    return parts


def test_law_1_every_batch_size_gives_the_same_bytes_on_all_topics(
    world: World, tmp_path: Path
) -> None:
    summaries = [
        replay(world.sources, tmp_path / str(size), world.policy, batch_size=size)
        for size in (500, 7)
    ]
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / str(size)).iterdir()}
        for size in (500, 7)
    )
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert summaries[0] == summaries[1]
    assert one["complaint-alerts.jsonl"]


def test_law_4_every_event_is_applied_but_those_that_are_told_twice(
    world: World, events: list[EncodedEvent], in_order: Stage
) -> None:
    stage = in_order
    repeats = world.facts["repeats"]
    found = Counter({topic: stage.counts[topic, "duplicate"] for topic in repeats})
    assert found == Counter(repeats)
    assert sum(repeats.values()) > 0
    assert {outcome for _, outcome in stage.counts} == {"applied", "duplicate"}
    assert sum(stage.counts.values()) == len(events)


@pytest.mark.parametrize("seed", [1, 2])
def test_law_5_delays_within_the_lateness_give_equal_states(
    seed: int, world: World, events: list[EncodedEvent], in_order: Stage
) -> None:
    heard = delayed(events, seed)
    assert heard != events
    one, other = in_order, run(told(world, heard), world.policy, learns=False)
    assert one.counts == other.counts
    states = [
        {name: settled(state, world.policy) for name, state in stage.customers.items()}
        for stage in (one, other)
    ]
    assert states[0].keys() == states[1].keys()
    assert [name for name in states[0] if states[0][name] != states[1][name]] == []


def test_law_7_after_a_long_silence_nothing_is_due_any_more(
    world: World, events: list[EncodedEvent]
) -> None:
    batch = told(world, events)
    stage = run(batch, world.policy, learns=False)
    before = len(stage.payloads("churn-risk"))
    end = max(item.decoded.occurred_at for item in batch if isinstance(item.decoded, Decoded))
    stage.finish(end + 200 * DAY)
    assert len(stage.payloads("churn-risk")) > before, "silence alone raises alerts"
    states = stage.customers.values()
    assert [state.customer_id for state in states if due_day(state, world.policy)] == []
    assert [state.customer_id for state in states if state.waiting] == []
    open_alerts = [
        (state.customer_id, kind)
        for state in states
        for kind, alert in state.alerts.items()
        if not alert.closed_at
    ]
    assert open_alerts == []


def test_laws_1_and_7_it_does_not_matter_in_which_steps_the_silence_passes(
    world: World, events: list[EncodedEvent]
) -> None:
    batch = told(world, events)
    at_once, slowly = (run(batch, world.policy, learns=False) for _ in range(2))
    end = slowly.processor.watermark
    for hours in (1, 2, 3, 30, 31, 200, 201, 1_000, 2_000):
        slowly.finish(end + hours * 3600.0)
    at_once.finish(end + 2_000 * 3600.0)
    assert at_once.messages == slowly.messages
    assert at_once.store == slowly.store
