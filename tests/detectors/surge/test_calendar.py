"""Days and hours: what a span is worth is the sum of its hours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.durations import DAY, HOUR
from detectors.surge.calendar import HourProfile, Spans, worth

BEGIN = 20_000 * DAY


def profile() -> HourProfile:
    """Busier by day than by night."""
    found = HourProfile()
    found.learn(np.array([float(hour) for hour in range(24)]) * 3, 1.0)
    return found


@settings(max_examples=60)
@given(st.integers(0, 20 * 24 * 60), st.integers(0, 20 * 24 * 60))
def test_a_span_is_worth_the_sum_of_its_minutes(first: int, length: int) -> None:
    hours, start = profile().shares(), BEGIN + first * 60.0
    expected = np.zeros(7)
    for minute in range(first, first + length):
        day, rest = divmod(BEGIN + minute * 60, DAY)
        expected[day % 7] += hours[rest // HOUR] / 60
    found = worth(start, start + length * 60.0, hours)
    assert found == pytest.approx(expected, abs=1e-9)


def test_windows_that_end_now_are_such_spans() -> None:
    spans, hours = Spans((1, 6, 168)), profile()
    for at in (BEGIN + 10.0, BEGIN + 5_000.0, BEGIN + 3 * DAY + 7 * HOUR + 59.0):
        full = at // HOUR + 1
        expected = [worth((full - n) * HOUR, at + 1.0, hours.shares()) for n in (1, 6, 168)]
        assert spans.until(at, hours) == pytest.approx(np.array(expected))


def test_the_hours_are_even_before_anything_is_known() -> None:
    assert HourProfile().shares() == pytest.approx(np.full(24, 1 / 24))
    assert profile().shares().sum() == pytest.approx(1.0)
