"""Whatever one customer does, its state stays small and its numbers stay numbers."""

import pytest

from detectors.customer.state import CEILING, encode_state
from detectors.policy import Policy
from tests.detectors.builders import (
    Happening,
    complaint,
    interaction,
    on,
    policy_of,
    profile,
    purchase,
    records,
)
from tests.laws.stage import Stage, run

KIB = 1_024


def size(stage: Stage, customer: str = "ann") -> int:
    return len(encode_state(stage.customers[customer]))


def test_a_storm_of_100_000_events_on_one_customer_stays_small() -> None:
    batch = records(
        interaction(f"e{number}", "ann", on(number / 200_000), "usage") for number in range(100_000)
    )
    stage = Stage(Policy())
    for start in range(0, len(batch), 5_000):
        stage.feed(batch[start : start + 5_000])
    assert stage.counts == {("interactions", "applied"): 100_000}
    assert stage.customers["ann"].days[0].events == 100_000
    assert size(stage) <= 40 * KIB


def test_repeats_are_still_found_within_the_storm() -> None:
    events = [interaction(f"e{number}", "ann", on(0), "usage") for number in range(2_000)]
    stage = run(records(events + events[-1_000:]), Policy())
    assert stage.counts["interactions", "duplicate"] == 1_000


def test_a_busy_life_stays_within_a_few_kilobytes() -> None:
    """Several events a day for three years, with complaints and profiles."""
    events: list[Happening] = []
    for day in range(1_000):
        events.append(purchase(f"p{day}", "ann", on(day), 12.5))
        events.append(interaction(f"v{day}", "ann", on(day + 0.5), "visit", channel=f"c{day % 20}"))
        if day % 9 == 0:
            events.append(complaint(f"o{day}", "ann", on(day + 0.6), "opened", f"case-{day}"))
            events.append(complaint(f"r{day}", "ann", on(day + 0.7), "resolved", f"case-{day}"))
            events.append(profile(f"s{day}", "ann", on(day + 0.8), segment=f"s{day}"))
    policy = policy_of(features={"profile_attributes": ["segment"]})
    assert size(run(records(events), policy, learns=False)) <= 6 * KIB


@pytest.mark.parametrize("kind", ["purchase", "return"])
def test_sums_beyond_64_bits_do_not_break_the_partition(kind: str) -> None:
    """1e12 is the greatest number of the contracts; a thousand of them exceed 64 bits."""
    events = [
        interaction(f"e{number}", "ann", on(number / 2_000), kind, amount=1e12)
        for number in range(2_000)
    ]
    later = [interaction(f"l{n}", "ann", on(n / 10), kind, amount=1e12) for n in range(15, 2_000)]
    stage = run(records(events + later), Policy(), until=on(400))
    state = stage.customers["ann"]
    assert sum(stage.counts.values()) == stage.counts["interactions", "applied"] == 3_985
    assert max(state.settled.spend, state.settled.returned) == CEILING


def test_measures_beyond_64_bits_do_not_break_the_partition() -> None:
    policy = policy_of(features={"event_attributes": ["score"]})
    events = [
        interaction(f"e{n}", "ann", on(n / 10), "purchase", attributes={"score": 1e12})
        for n in range(2_000)
    ]
    stage = run(records([*events, purchase("last", "ann", on(400))]), policy, until=on(600))
    assert stage.customers["ann"].settled.measures is not None
    assert stage.customers["ann"].settled.measures["score"].total == CEILING
