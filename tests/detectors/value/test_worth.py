"""What a customer is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.policy import Policy
from detectors.value.worth import growth, trailing_revenue, value_at_stake
from tests.detectors.builders import policy_of
from tests.detectors.facts import spending

POLICY = policy_of(value={"window": "100d"}, business={"margin": 0.5})


def test_revenue_is_purchases_less_returns_and_not_below_nothing() -> None:
    assert trailing_revenue(spending(12.5, 7.5)) == 20.0
    assert trailing_revenue(spending(-30.0, 10.0)) == 0.0


def test_a_year_at_the_own_pace_is_at_stake() -> None:
    """100 in 100 days is 365 a year, half of it margin."""
    assert value_at_stake(spending(100.0), POLICY) == pytest.approx(182.5)


def test_a_newcomers_pace_is_over_its_own_time_but_not_over_a_few_days() -> None:
    assert value_at_stake(spending(100.0, tenure=49), POLICY) == pytest.approx(2 * 182.5)
    assert value_at_stake(spending(100.0, tenure=0), POLICY) == pytest.approx(4 * 182.5)
    assert value_at_stake(spending(100.0, tenure=24), POLICY) == pytest.approx(4 * 182.5)


@given(st.floats(0, 1e9), st.integers(0, 2_000))
def test_it_is_never_negative_and_grows_with_revenue(revenue: float, tenure: int) -> None:
    less, more = (spending(amount, tenure=tenure) for amount in (revenue, revenue + 1))
    assert 0 <= value_at_stake(less, Policy()) < value_at_stake(more, Policy())


def test_growth_is_the_later_half_over_the_earlier() -> None:
    assert growth(spending(30.0, 20.0)) == 1.5
    assert growth(spending(-5.0, 20.0)) == 0.0
    assert growth(spending(30.0, 0.0)) is None
    assert growth(spending(30.0, -1.0)) is None
