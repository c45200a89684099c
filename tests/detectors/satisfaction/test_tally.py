"""What a partition tells of a day: reviews once each, labels once a horizon, areas bounded."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.facts import facts_at
from detectors.customer.grid import next_review
from detectors.customer.state import CustomerState
from detectors.satisfaction.areas import REST, AreaCounts, areas_at
from detectors.satisfaction.tally import SatisfactionTally, is_turn
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    brisk,
    complaint,
    feedback,
    on,
    records,
    rhythm,
)
from tests.laws.stage import run

POLICY = brisk(satisfaction={"window": "30d", "areas": 3})
DAY = FIRST_DAY + 20


def state_after(*events: Happening) -> CustomerState:
    told = sorted([*rhythm("ann", 0, 5, 4), *events], key=lambda event: event.at)
    return run(records(told), POLICY).customers["ann"]


def areas_of(*events: Happening) -> set[tuple[str, str]]:
    state = state_after(*events)
    return {*areas_at(state, facts_at(state, DAY, POLICY).summary, DAY, POLICY.satisfaction)}


def opened(at: float, **fields: object) -> Happening:
    return complaint(f"o{at}", "ann", on(at), "opened", f"case-{at}", **fields)


def test_areas_are_those_known_by_the_end_of_the_day_and_within_the_window() -> None:
    assert areas_of(
        opened(2, product_id="p1", channel="web", cause="poor_service"),
        opened(10, product_id="p2", cause="unknown"),
        opened(21.5, product_id="p3"),
        feedback("s1", "ann", on(12), "survey", score_csat=2.0, score_nps=6),
    ) == {
        ("product", "p1"),
        ("channel", "web"),
        ("cause", "poor_service"),
        ("product", "p2"),
        ("survey", "dissatisfied"),
        ("survey", "detractor"),
    }
    happy = feedback("s2", "ann", on(13), "survey", score_csat=5.0, score_nps=7)
    assert areas_of(happy) == set()


def test_a_cause_that_is_stated_later_was_not_an_area_then() -> None:
    later = complaint("o2", "ann", on(21.5), "responded", "case-10", cause="poor_service")
    assert areas_of(opened(10), later) == set()


def test_a_review_counts_each_customer_once_in_everything_that_it_shows() -> None:
    tally = SatisfactionTally(POLICY)
    unhappy = state_after(
        opened(2, product_id="p1"),
        opened(3, product_id="p1"),
        feedback("s1", "ann", on(12), "survey", score_csat=1.5, score_nps=9),
    )
    for state in (unhappy, state_after()):
        tally.review(state, facts_at(state, DAY, POLICY))
    fact = tally.fact()
    assert (fact.customers, fact.buyers, fact.repeaters, fact.complainers) == (2, 2, 2, 1)
    assert fact.csat == (1, 1.5, 2.25)
    assert fact.nps == (1, 0, 0)
    assert [area[:3] for area in fact.areas] == [
        ("product", "p1", 1),
        ("survey", "dissatisfied", 1),
    ]
    assert all(area[3] > 0 for area in fact.areas)


@given(st.text(min_size=1, max_size=9), st.integers(1, 9), st.integers(1, 60), st.integers(0, 999))
def test_of_overlapping_predictions_one_counts(
    customer: str, interval: int, horizon: int, start: int
) -> None:
    days = []
    day = next_review(customer, start, interval)
    while day < start + 6 * (horizon + interval):
        if is_turn(customer, day, horizon, interval):
            days.append(day)
        day = next_review(customer, day, interval)
    assert len(days) >= 5
    apart = -(-horizon // interval) * interval
    assert all(later - earlier == apart for earlier, later in pairwise(days))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=80))
def test_many_areas_are_held_as_the_largest_and_the_rest(told: list[tuple[int, int]]) -> None:
    counts = AreaCounts(3)
    for product, number in told:
        counts.add(("product", f"p{product}"), (number, 0))
    before = dict(counts.items())
    counts.bound()
    after = dict(counts.items())
    named = {area: numbers for area, numbers in after.items() if area[1] != REST}
    assert len(named) == min(len(before), 3)
    assert sum(numbers[0] for numbers in after.values()) == sum(number for _, number in told)
    least = min((numbers[0] for numbers in named.values()), default=0)
    assert all(numbers[0] <= least for area, numbers in before.items() if area not in named)
