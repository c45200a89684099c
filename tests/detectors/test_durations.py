"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.durations import DAY, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("36h", 129_600), ("90d", 90 * DAY), ("2w", 14 * DAY), ("0d", 0)],
)
def test_each_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == parse_duration(f" {text} ") == seconds


@pytest.mark.parametrize("text", ["", "d", "60", "60 days", "1.5d", "-1d", "1d 2h", "٣d", "9" * 12])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        ValueError, match='is not a duration; write a number and a unit, like "60d"'
    ):
        parse_duration(text)


@given(st.integers(0, 10**9 - 1))
def test_formatting_is_the_inverse_of_parsing(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds
