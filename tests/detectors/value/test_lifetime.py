"""Expected lifetime and the multiple of a yearly profit (D3)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.policy import Clv
from detectors.value.lifetime import lifetime

probabilities = st.floats(0.0, 1.0)
horizons = st.integers(1, 730)


def test_without_an_end_it_is_the_margin_multiple_of_gupta_and_lehmann() -> None:
    """r / (1 + i - r) with a retention of 80 % a year and 10 %: 0.8 / 0.3 (their table 1)."""
    life = lifetime(0.2, 365, Clv(discount=0.1, years=50))
    assert life.multiple == pytest.approx(0.8 / 0.3, abs=1e-5)
    assert life.retention == pytest.approx(0.8)
    assert life.years == pytest.approx(0.8 / 0.2, abs=1e-3)


@given(probabilities, horizons, st.floats(0.0, 1.0), st.floats(1, 50))
def test_it_is_the_sum_over_the_periods(
    churn: float, horizon: int, discount: float, years: float
) -> None:
    life = lifetime(churn, horizon, Clv(discount=discount, years=years))
    assert 0.0 <= life.retention <= 1.0
    assert 0.0 <= life.next_year <= life.multiple + 1e-9 <= life.years + 1e-6 <= years + 1e-5
    periods = years * 365 / horizon
    if periods == int(periods):
        period, kept = horizon / 365, 1.0 - min(max(churn, 1e-6), 1 - 1e-6)
        worth = [(kept / (1 + discount) ** period) ** k for k in range(1, int(periods) + 1)]
        assert life.multiple == pytest.approx(period * sum(worth), rel=1e-6)


def test_a_period_of_60_days_and_one_of_a_year_agree_on_the_retention() -> None:
    sixty = lifetime(0.1, 60, Clv())
    year = lifetime(1 - sixty.retention, 365, Clv())
    assert year.retention == pytest.approx(sixty.retention)
    # Money of 60 days comes sooner than that of a year, and from more customers.
    assert year.multiple < sixty.multiple < 1.4 * year.multiple


@given(horizons, st.lists(probabilities, min_size=2, max_size=6))
def test_a_higher_risk_is_never_worth_more(horizon: int, risks: list[float]) -> None:
    lives = [lifetime(risk, horizon, Clv()) for risk in sorted(risks)]
    assert all(a.multiple >= b.multiple - 1e-9 for a, b in pairwise(lives))
