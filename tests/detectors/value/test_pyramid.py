"""Levels of the customer pyramid by their boundaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.value.pyramid import LEVELS, distance_to_next, level_of

BOUNDARIES = {"top": 1_000.0, "large": 500.0, "medium": 100.0}


@pytest.mark.parametrize(
    ("revenue", "level"),
    [
        (-1.0, "inactive"),
        (0.0, "inactive"),
        (0.01, "small"),
        (99.99, "small"),
        (100.0, "medium"),
        (500.0, "large"),
        (1_000.0, "top"),
        (1e9, "top"),
    ],
)
def test_a_level_begins_at_its_boundary(revenue: float, level: str) -> None:
    assert level_of(revenue, BOUNDARIES) == level


def test_without_boundaries_everybody_with_revenue_is_small() -> None:
    assert level_of(1e9, {}) == "small"
    assert distance_to_next(1e9, {}) is None


@given(st.floats(0, 2_000))
def test_the_distance_leads_exactly_to_the_next_level(revenue: float) -> None:
    distance = distance_to_next(revenue, BOUNDARIES)
    if distance is None:
        assert level_of(revenue, BOUNDARIES) == "top"
        return
    assert distance > 0
    now = level_of(max(revenue, 1e-9), BOUNDARIES)
    above = level_of(revenue + distance * (1 + 1e-9) + 1e-9, BOUNDARIES)
    assert LEVELS.index(above) == LEVELS.index(now) - 1
