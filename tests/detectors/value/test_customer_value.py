"""What the public view says of a customer's value (D3, D6, D7, D16, D17)."""

from typing import Any

import pytest

from detectors.durations import DAY
from detectors.value.lifetime import lifetime
from schemas.customer_value import CustomerValue
from tests.detectors.builders import (
    Happening,
    complaint,
    interaction,
    on,
    policy_of,
    profile,
    records,
    rhythm,
)
from tests.laws.stage import run

POLICY = policy_of(
    churn={"review_interval": "1d"},
    business={"margin": 0.5},
    costs={"acquisition": 30, "contact": 10, "complaint": 25},
    value={"window": "90d", "currency": "EUR", "rates": {"USD": 0.9}},
)


def buying(every: float, times: int, amount: float = 10.0, **fields: Any) -> list[Happening]:
    return [
        interaction(f"b{number}", "ann", on(number * every), "purchase", amount=amount, **fields)
        for number in range(times)
    ]


def valued(*events: Happening, until: float, policy: Any = POLICY) -> CustomerValue:
    """The value in the last view, of a review at the end of day `until`."""
    story = sorted(events, key=lambda event: event.at)
    stage = run(records(story), policy, until=on(until + 2), learns=False)
    views = [view for view in stage.payloads("customer-state") if view.customer_id == "ann"]
    last = [view for view in views if view.as_of.timestamp() <= on(until + 1)][-1]
    assert isinstance(last.value, CustomerValue)
    return last.value


def test_the_relationship_value_is_the_net_cash_flow_so_far() -> None:
    value = valued(
        *buying(7, 10),
        interaction("c", "ann", on(20), "contact"),
        complaint("k", "ann", on(30), "opened"),
        complaint("l", "ann", on(31), "resolved", compensation=5.0),
        until=65,
    )
    assert value.revenue == 100.0
    assert value.margin == 50.0
    assert value.complaint_cost == 30.0
    assert value.cost_to_serve == 40.0
    assert value.acquisition_cost == 30.0
    assert value.relationship_value == 50.0 - 40.0 - 30.0


def test_an_early_loss_may_be_a_later_profit() -> None:
    value = valued(*buying(3, 10, 5.0), until=28)
    assert value.relationship_value < 0 < value.clv_next_year < value.clv  # type: ignore[operator]


def test_the_lifetime_value_is_the_yearly_profit_times_the_multiple() -> None:
    events = [*buying(10, 13), profile("p", "ann", on(1), attributes={"referral_value": 50})]
    story = sorted(events, key=lambda event: event.at)
    stage = run(records(story), POLICY, until=on(125), learns=False)
    view = stage.payloads("customer-state")[-1]
    life = lifetime(view.probability, 60, POLICY.clv)
    value = view.value
    # Nine of thirteen purchases lie in the 90 days.
    assert value.yearly_profit == pytest.approx(view.spend_window / 90 * 365 * 0.5, abs=0.01)
    assert value.clv == pytest.approx(value.yearly_profit * life.multiple + 50.0, rel=1e-3)
    assert value.clv_next_year == pytest.approx(value.yearly_profit * life.next_year, rel=1e-3)
    assert value.retention == pytest.approx(life.retention, abs=1e-4)
    assert value.referral_value == 50.0


def test_refunds_beyond_all_purchases_let_no_income_be_expected() -> None:
    value = valued(
        *buying(7, 10), interaction("r", "ann", on(64), "return", amount=500.0), until=65
    )
    assert value.revenue == -400.0
    assert value.margin == -200.0
    assert value.relationship_value == -230.0
    assert value.yearly_revenue == 0.0
    assert value.yearly_profit == 0.0
    assert value.window_profit == -200.0
    assert value.cell is None


def test_who_costs_more_than_it_brings_has_a_negative_value_to_come() -> None:
    contacts = [interaction(f"c{n}", "ann", on(n + 0.5), "contact") for n in range(60)]
    value = valued(*buying(7, 10), *contacts, until=65)
    assert value.yearly_profit < 0
    assert value.clv is not None
    assert value.clv < 0


def test_money_of_a_currency_without_a_rate_is_never_summed() -> None:
    francs = interaction("f", "ann", on(20), "purchase", amount=9.0, cost=1.0, currency="CHF")
    given = interaction("g", "ann", on(21), "contact", cost=5.0, currency="CHF")
    dollars = interaction("d", "ann", on(22), "purchase", amount=10.0, cost=2.0, currency="USD")
    story = [*buying(7, 10, currency="EUR"), francs, given, dollars]
    stage = run(
        records(sorted(story, key=lambda event: event.at)), POLICY, until=on(67), learns=False
    )
    assert [letter.reason for letter in stage.payloads("dead-letters")] == 2 * ["unknown_currency"]
    value = stage.payloads("customer-state")[-1].value
    assert value.revenue == 100.0 + 9.0
    assert value.margin == pytest.approx(50.0 + 9.0 - 1.8)
    assert value.cost_to_serve == 0.0


def test_wallet_share_and_profit_make_the_cell() -> None:
    stated = profile("p", "ann", on(1), wallet_spend=10_000.0)
    small = valued(*buying(7, 14), stated, until=95)
    assert small.wallet_share == pytest.approx(small.yearly_revenue / 10_000, abs=1e-4)
    assert small.cell == "grow"
    assert valued(*buying(7, 14), until=95).cell is None


def test_loyalty_and_stage_follow_the_history() -> None:
    everything = profile("p", "ann", on(1), wallet_spend=200.0)
    assert valued(*buying(7, 3), until=20).loyalty == "new"
    assert valued(*buying(7, 3), until=20).stage == "formation"
    assert valued(*buying(7, 2), until=10).stage == "exploration"
    assert valued(*buying(7, 20), until=140).loyalty == "regular"
    long = valued(*buying(7, 60), until=415)
    assert (long.loyalty, long.stage) == ("established", "stability")
    assert valued(*buying(7, 60), everything, until=415).loyalty == "loyal"


def test_a_decline_can_begin_in_any_stage() -> None:
    assert valued(*buying(7, 20), until=140).stage == "formation"
    assert valued(*buying(7, 20), until=160).stage == "decline"
    asks = interaction("q", "ann", on(139), "cancel_request")
    assert valued(*buying(7, 20), asks, until=140).stage == "decline"


def test_who_buys_only_with_a_discount_is_marked_when_there_is_evidence() -> None:
    assert valued(*buying(7, 5, discount=1.0), until=30).discount_driven
    assert not valued(*buying(7, 4, discount=1.0), until=30).discount_driven
    mixed = [*buying(7, 5, discount=1.0), *rhythm("ann", 0.5, 7, 2)]
    assert not valued(*mixed, until=30).discount_driven


def test_a_thin_history_takes_the_rhythm_of_its_category() -> None:
    """Groceries every five days, cars every forty; a newcomer of each, and one of neither."""
    policy = policy_of(
        churn={"review_interval": "1d", "active_window": "90d"}, loyalty={"least_customers": 3}
    )
    story = []
    for category, every, times in (("food", 5, 30), ("cars", 40, 4)):
        for n in range(4):
            story += [
                interaction(
                    f"{category}{n}-{k}", f"{category}{n}", on(k * every + n / 4), "purchase",
                    amount=1.0, category=category,
                )
                for k in range(times)
            ]  # fmt: skip
    for newcomer, first in (("x", "food"), ("y", "cars"), ("z", None)):
        story.append(
            interaction(newcomer, newcomer, on(130), "purchase", amount=1.0, category=first)
        )
    story.sort(key=lambda event: event.at)
    stage = run(records(story), policy, until=on(138))
    last = {view.customer_id: view.value for view in stage.payloads("customer-state")}
    assert (last["food0"].rhythm_of, last["food0"].rhythm_days) == ("own", 5.0)
    assert last["x"].rhythm_of == last["y"].rhythm_of == "category"
    assert last["x"].rhythm_days == pytest.approx(5.0, rel=0.03)
    assert last["y"].rhythm_days == pytest.approx(40.0, rel=0.03)
    assert last["z"].rhythm_of == "all"


def test_the_first_category_counts_from_its_day_on() -> None:
    events = [
        interaction("b", "ann", on(5), "purchase", amount=1.0, category="cars"),
        interaction("a", "ann", on(4.9), "purchase", amount=1.0, category="food"),
    ]
    state = run(records(events), POLICY, learns=False).customers["ann"]
    assert state.category == (on(4.9), "food")
    assert on(4.9) // DAY == on(4) // DAY
