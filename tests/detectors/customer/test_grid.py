"""The review grid looks at the id and the day only."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.grid import next_review

ids = st.text(max_size=20)


@given(ids, st.integers(0, 100_000), st.integers(1, 90))
def test_it_is_the_first_grid_day_after_and_one_interval_before_the_next(
    customer: str, after: int, interval: int
) -> None:
    first = next_review(customer, after, interval)
    assert after < first <= after + interval
    assert next_review(customer, first, interval) == first + interval
    assert next_review(customer, first - 1, interval) == first


def test_customers_spread_over_the_days() -> None:
    days = Counter(next_review(f"customer-{n}", 0, 7) for n in range(7_000))
    assert set(days) == set(range(1, 8))
    assert min(days.values()) > 850
