"""What a customer brought and cost (D3): from events to money."""

import pytest

from detectors.customer.facts import Facts
from detectors.customer.state import StatedValue
from detectors.value.earnings import earnings, earnings_so_far, trailing_earnings
from tests.detectors.builders import Happening, complaint, interaction, on, policy_of, profile
from tests.detectors.facts import facts_of

POLICY = policy_of(
    business={"margin": 0.4},
    costs={"contact": 5, "complaint": 20, "returned": 3, "offer": 1, "service_kinds": ["contact"]},
    value={"currency": "EUR", "rates": {"USD": 0.5}, "window": "30d"},
)


def event(at: float, kind: str, **fields: object) -> Happening:
    return interaction(f"{kind}-{at}", "ann", on(at), kind, **fields)


def facts(*events: Happening, day: int = 100) -> Facts:
    return facts_of(sorted(events, key=lambda item: item.at), day, POLICY)


def test_the_margin_is_what_is_stated_and_else_the_policys() -> None:
    found = earnings_so_far(
        facts(event(1, "purchase", amount=100.0, cost=70.0), event(2, "purchase", amount=50.0)),
        POLICY,
    )
    assert found.revenue == 150.0
    assert found.margin == pytest.approx(30.0 + 0.4 * 50.0)


def test_a_return_takes_back_revenue_and_the_goods_their_cost() -> None:
    bought = event(1, "purchase", amount=100.0, cost=70.0)
    stated = facts(bought, event(2, "return", amount=-100.0, cost=-70.0))
    assert earnings_so_far(stated, POLICY).margin == 0.0
    unstated = facts(bought, event(2, "return", amount=50.0))
    assert earnings_so_far(unstated, POLICY).margin == pytest.approx(30.0 - 0.4 * 50.0)
    assert earnings_so_far(unstated, POLICY).cost_to_serve == 3.0


def test_more_refunded_than_bought_is_a_negative_revenue_and_margin() -> None:
    found = earnings_so_far(
        facts(event(1, "purchase", amount=10.0), event(2, "return", amount=100.0)), POLICY
    )
    assert found.revenue == -90.0
    assert found.margin == pytest.approx(-36.0)
    assert found.profit == pytest.approx(-39.0)


def test_contacts_and_offers_cost_their_rate_or_what_is_stated() -> None:
    found = earnings_so_far(
        facts(
            event(1, "contact"),
            event(2, "contact", cost=12.0),
            event(3, "visit"),
            event(4, "offer"),
            event(5, "offer", cost=2.5),
        ),
        POLICY,
    )
    assert found.cost_to_serve == 5.0 + 12.0
    assert found.marketing == 1.0 + 2.5


def test_a_complaint_costs_its_handling_and_what_was_paid() -> None:
    found = earnings_so_far(
        facts(
            complaint("a", "ann", on(1), "opened"),
            complaint("b", "ann", on(2), "resolved", compensation=15.0),
            complaint("c", "ann", on(3), "resolved", compensation=5.0),
            complaint("d", "ann", on(60), "reopened"),
        ),
        POLICY,
    )
    assert found.complaint_cost == found.cost_to_serve == 2 * 20.0 + 20.0


def test_other_currencies_are_converted_costs_too() -> None:
    found = earnings_so_far(
        facts(event(1, "purchase", amount=100.0, cost=60.0, currency="USD")), POLICY
    )
    assert (found.revenue, found.margin) == (50.0, 20.0)


def test_the_window_counts_its_own_days_alone_and_nothing_later() -> None:
    story = [
        event(10, "purchase", amount=100.0, cost=50.0),
        event(80, "purchase", amount=10.0, cost=5.0),
        event(90, "contact"),
        event(101, "purchase", amount=1_000.0, cost=1.0),
    ]
    known = facts(*story)
    assert trailing_earnings(known, POLICY).profit == 5.0 - 5.0
    assert earnings_so_far(known, POLICY).profit == 55.0 - 5.0


def test_settled_days_count_as_before() -> None:
    """Days that are folded into the summary keep what was spent on them."""
    story = [event(1, "purchase", amount=100.0, cost=70.0), event(2, "contact")]
    later = [event(400, "purchase", amount=1.0)]
    settled = facts(*story, *later, day=400)
    assert settled.summary.effort is not None
    assert earnings_so_far(settled, POLICY).margin == pytest.approx(30.4)
    assert earnings_so_far(settled, POLICY).cost_to_serve == 5.0


def test_nothing_known_is_nothing_earned() -> None:
    nothing = earnings(0, 0, None, POLICY)
    assert (nothing.revenue, nothing.margin, nothing.profit) == (0.0, 0.0, 0.0)


def test_what_a_profile_states_holds_until_it_is_stated_anew() -> None:
    story = [
        profile("p", "ann", on(1), wallet_spend=900.0, attributes={"acquisition_cost": 40}),
        profile("q", "ann", on(3), attributes={"referral_value": 70.5, "acquisition_cost": "x"}),
        profile("r", "ann", on(50), wallet_spend=500.0),
        event(2, "purchase", amount=1.0),
    ]
    then = facts(*story, day=40).stated
    assert (then.wallet, then.acquisition, then.referral) == (900.0, 40.0, 70.5)
    assert facts(*story, day=60).stated == StatedValue(500.0, 40.0, 70.5)
