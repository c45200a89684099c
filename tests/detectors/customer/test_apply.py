"""What each interaction does to its customer's state."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.apply import (
    MAX_CHANNELS,
    UnusableMoneyError,
    amount_of,
    apply_interaction,
    held_money,
    note_channel,
    remember,
    touch,
)
from detectors.customer.duplicates import event_hash
from detectors.customer.state import MONEY, CustomerState, Day, new_state
from detectors.durations import DAY
from detectors.policy import Policy
from schemas.interaction import KINDS, Interaction
from tests.detectors.builders import START, moment, on, policy_of

SCORED = policy_of(features={"event_attributes": ["score"]})
EUROS = policy_of(value={"currency": "EUR", "rates": {"USD": 0.5}})


def event(kind: str = "purchase", **fields: Any) -> Interaction:
    return Interaction(customer_id="ann", kind=kind, occurred_at=moment(START), **fields)


def applied(*events: Interaction, policy: Policy | None = None) -> tuple[CustomerState, Day]:
    """The state after events at the beginning of the story, one a second."""
    policy = policy or Policy()
    state = new_state("ann")
    day = Day(0)
    for second, item in enumerate(events):
        money = held_money(state, item, policy)
        name = f"e{second}"
        day = touch(state, START + second, event_hash(name), policy)
        apply_interaction(state, day, item, name, START + second, money, policy)
    return state, day


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ({"amount": 9.5, "quantity": 2, "unit_price": 3.0}, 9.5),
        ({"quantity": 2, "unit_price": 3.0}, 6.0),
        ({"unit_price": 3.0}, 3.0),
        ({"quantity": 2}, 0.0),
        ({"amount": 0.0, "unit_price": 3.0}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_amount_is_given_or_price_times_quantity(fields: dict[str, Any], amount: float) -> None:
    assert amount_of(event(**fields)) == amount


def test_a_purchase_counts_spend_activity_and_discount() -> None:
    state, day = applied(event(amount=2.5, discount=1.0), event(amount=0.5))
    assert (day.purchases, day.activity, day.discounted, day.events) == (2, 2, 1, 2)
    assert day.spend == 3 * MONEY
    assert state.evidence == [(START, "e0"), (START + 1, "e1")]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_return_counts_by_its_size_whatever_its_sign(sign: int) -> None:
    _, day = applied(event("return", quantity=sign * 2, unit_price=3.0))
    assert day.returned == 6 * MONEY
    assert (day.spend, day.activity) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("cancel_request", "cancel_requests"),
        ("cancel", "cancels"),
        ("contact", "contacts"),
        ("visit", "contacts"),
    ],
)
def test_other_kinds_count_where_they_belong(kind: str, field: str) -> None:
    _, day = applied(event(kind))
    assert getattr(day, field) == 1
    assert (day.events, day.activity) == (1, 0)


@pytest.mark.parametrize("kind", sorted(KINDS | {"a kind of one's own"}))
def test_activity_is_what_the_policy_says(kind: str) -> None:
    policy = policy_of(churn={"activity_kinds": [kind]})
    state, day = applied(event(kind), policy=policy)
    assert (day.events, day.activity) == (1, 1)
    assert state.evidence == [(START, "e0")]


def test_the_first_currency_is_the_customers_own_and_another_is_refused() -> None:
    state, _ = applied(event(amount=1.0, currency="GBP"))
    assert state.currency == "GBP"
    assert held_money(state, event(amount=1.0), Policy()) == MONEY
    with pytest.raises(UnusableMoneyError, match=r"no rate from USD to GBP; add it to value.rat"):
        held_money(state, event(amount=1.0, currency="USD"), Policy())
    assert held_money(state, event("visit", currency="USD"), Policy()) == 0


def test_more_money_than_the_contracts_know_is_refused() -> None:
    too_much = event(quantity=1e7, unit_price=1e7)
    with pytest.raises(UnusableMoneyError, match=r"the amount is beyond ±1e\+12") as caught:
        held_money(new_state("ann"), too_much, Policy())
    assert caught.value.reason == "out_of_range"


def test_a_policy_with_a_currency_converts_and_refuses_what_has_no_rate() -> None:
    state, day = applied(event(amount=4.0, currency="USD"), policy=EUROS)
    assert (day.spend, state.currency) == (2 * MONEY, "EUR")
    assert held_money(state, event(amount=4.0, currency="EUR"), EUROS) == 4 * MONEY
    with pytest.raises(UnusableMoneyError, match="no rate from CHF to EUR"):
        held_money(state, event(amount=1.0, currency="CHF"), EUROS)


@given(st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.integers(1, 30)), max_size=40))
def test_the_first_days_of_the_first_channels_are_kept(used: list[tuple[str, int]]) -> None:
    state = new_state("ann")
    for channel, day in used:
        note_channel(state, channel, day)
    first = {name: min(day for other, day in used if other == name) for name, _ in used}
    ranked = sorted(first.items(), key=lambda pair: (pair[1], pair[0]))
    assert state.channels == dict(ranked[:MAX_CHANNELS])


def test_a_very_long_channel_keeps_its_first_day_too() -> None:
    state = new_state("ann")
    for day in (5, 9, 3, 7):
        note_channel(state, "x" * 150, day)
    assert list(state.channels.values()) == [3]


@given(st.permutations(list(range(6))))
def test_the_newest_events_are_the_evidence_in_any_order(order: list[int]) -> None:
    state = new_state("ann")
    for number in order:
        remember(state, float(number), f"e{number}")
    assert state.evidence == [(3.0, "e3"), (4.0, "e4"), (5.0, "e5")]


@pytest.mark.parametrize("order", list(permutations([(1, 3.0), (2, -7.0), (3, 5.0)])))
def test_measures_keep_count_sum_and_last_in_any_order(order: tuple[tuple[int, float]]) -> None:
    state = new_state("ann")
    for second, score in order:
        day = touch(state, START + second, event_hash(str(second)), SCORED)
        item = event("visit", attributes={"score": score, "other": 9.0})
        apply_interaction(state, day, item, str(second), START + second, 0, SCORED)
    assert state.days[0].measures is not None
    measure = state.days[0].measures["score"]
    assert (measure.count, measure.total, measure.last) == (3, 1 * MONEY, 5 * MONEY)
    assert set(state.days[0].measures) == {"score"}


@pytest.mark.parametrize("value", [True, "high", None])
def test_an_attribute_that_is_no_number_is_not_measured(value: bool | str | None) -> None:
    _, day = applied(event(attributes={"score": value}), policy=SCORED)
    assert day.measures is None


def test_event_ids_are_forgotten_after_the_window_and_days_are_settled_after_the_look_back() -> (
    None
):
    policy = policy_of(time={"duplicate_window": "3d"})
    state = new_state("ann")
    for day in (0, 1, 4):
        touch(state, on(day), event_hash(f"e{day}"), policy)
    assert [len(day.seen) for day in state.days] == [0, 8, 8]
    touch(state, on(policy.retained_days + 1), event_hash("late"), policy)
    assert [day.number - int(START // DAY) for day in state.days] == [1, 4, 92 + 1]
