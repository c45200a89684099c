"""The rule for a move up the pyramid."""

from dataclasses import replace
from math import exp, factorial

import numpy as np
import pytest
from msgspec import structs

from detectors.customer.facts import Facts
from detectors.customer.history import Windows
from detectors.customer.level_rule import BOUND, LEAST_OCCASIONS, rise_probabilities
from detectors.customer.state import MONEY
from detectors.policy import Policy
from tests.detectors.facts import spending

STEPS = {"medium": 500.0, "large": 2_000.0, "top": 10_000.0}
POLICY = Policy()


def customer(
    revenue: float, before: float = 0.0, decayed: float = 3.0, usual: float = 50.0
) -> Facts:
    """Someone who stood at `revenue` in the value window, `before` of it in its earlier half."""
    one = spending(0.0)
    summary = structs.replace(
        one.summary,
        occasions=4,
        first_day=one.day - 100,
        last_day=one.day,
        decayed=decayed,
        spend=round(4 * usual * MONEY),
    )
    windows = Windows(revenue=round(revenue * MONEY), revenue_before=round(before * MONEY))
    return replace(one, summary=summary, windows=windows)


def rise(*customers: Facts, horizon: int = 30) -> list[float]:
    return [float(p) for p in rise_probabilities(customers, STEPS, POLICY, horizon)]


def test_it_is_the_compound_poisson_sum() -> None:
    """Σₖ P(k occasions) · P(k exponential amounts reach what is missing)."""
    mean, away = 30 * 3.0 * np.log(2.0) / 90 + LEAST_OCCASIONS, (500.0 - 440.0) / 50.0
    expected = 0.0
    for k in range(1, 60):
        reaches = exp(-away) * sum(away**j / factorial(j) for j in range(k))
        expected += exp(-mean) * mean**k / factorial(k) * reaches
    assert rise(customer(440.0)) == pytest.approx([expected], rel=1e-9)


def test_who_is_nearer_or_buys_more_rises_sooner() -> None:
    by_distance = rise(*(customer(revenue) for revenue in (100.0, 300.0, 450.0, 499.0)))
    by_rhythm = rise(*(customer(300.0, decayed=count) for count in (0.5, 2.0, 8.0)))
    by_basket = rise(*(customer(300.0, usual=spend) for spend in (5.0, 50.0, 500.0)))
    for chances in (by_distance, by_rhythm, by_basket):
        assert chances == sorted(chances)
        assert chances[0] < chances[-1]
    assert rise(customer(300.0)) < rise(customer(300.0), horizon=60)


def test_revenue_that_leaves_the_window_is_missing_again() -> None:
    assert rise(customer(450.0, before=400.0)) < rise(customer(450.0))


def test_at_the_top_nobody_rises_and_without_revenue_any_purchase_is_enough() -> None:
    top, nothing = rise(customer(20_000.0), customer(0.0, decayed=3.0))
    mean = 30 * 3.0 * np.log(2.0) / 90 + LEAST_OCCASIONS
    assert top == BOUND
    assert nothing == pytest.approx(1.0 - exp(-mean))


def test_without_boundaries_the_policy_says_the_rate() -> None:
    said = rise_probabilities([customer(100.0)], {}, POLICY, 30)
    assert said.tolist() == [POLICY.upgrade.rate]


@pytest.mark.parametrize("revenue", [-1e12, 0.0, 1.0, 1e12])
@pytest.mark.parametrize("usual", [0.0, 1e-4, 1e9])
@pytest.mark.parametrize("decayed", [0.0, 1.0, 5_000.0])
def test_extremes_stay_probabilities(revenue: float, usual: float, decayed: float) -> None:
    (chance,) = rise(customer(revenue, decayed=decayed, usual=usual), horizon=730)
    assert BOUND <= chance <= 1.0 - BOUND


def test_nobody_is_nothing() -> None:
    assert rise() == []
