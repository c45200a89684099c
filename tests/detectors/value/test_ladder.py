"""Places on a ladder, and how they are kept near a boundary (D4, D5)."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from detectors.value.abc import CLASSES
from detectors.value.ladder import place_of, steadied
from detectors.value.pyramid import LEVELS, next_level

BOUNDARIES = {"top": 1_000.0, "large": 100.0, "medium": 10.0}
GRADES = {"A": 50.0, "B": 10.0, "C": -20.0}


def test_who_has_just_the_least_amount_of_a_place_belongs_to_it() -> None:
    for name, least in BOUNDARIES.items():
        assert place_of(least, LEVELS, BOUNDARIES) == name
        assert place_of(least - 0.0001, LEVELS, BOUNDARIES) != name
    for name, least in GRADES.items():
        assert place_of(least, CLASSES, GRADES) == name
    assert place_of(-20.01, CLASSES, GRADES) == "C-"


@given(
    st.sampled_from(sorted(BOUNDARIES)),
    st.lists(st.floats(0.951, 1.049), min_size=1, max_size=20),
    st.sampled_from(LEVELS),
)
def test_a_customer_at_a_boundary_moves_once_at_the_most(
    name: str, shares: list[float], begin: str
) -> None:
    places = [begin]
    for share in shares:
        places.append(steadied(places[-1], BOUNDARIES[name] * share, LEVELS, BOUNDARIES, 0.05))
    assert sum(before != after for before, after in itertools.pairwise(places)) <= 1


def test_a_boundary_that_is_passed_clearly_is_passed() -> None:
    assert steadied("small", 10.4, LEVELS, BOUNDARIES, 0.05) == "small"
    assert steadied("small", 10.6, LEVELS, BOUNDARIES, 0.05) == "medium"
    assert steadied("medium", 9.6, LEVELS, BOUNDARIES, 0.05) == "medium"
    assert steadied("medium", 9.4, LEVELS, BOUNDARIES, 0.05) == "small"


def test_of_several_boundaries_at_once_those_that_are_passed_clearly_count() -> None:
    assert steadied("small", 1_020.0, LEVELS, BOUNDARIES, 0.05) == "large"
    assert steadied("top", 9.8, LEVELS, BOUNDARIES, 0.05) == "medium"


def test_who_falls_a_little_below_two_equal_boundaries_does_not_rise() -> None:
    few = {"top": 100.0, "large": 100.0, "medium": 10.0}
    assert steadied("large", 97.0, LEVELS, few, 0.05) == "large"
    assert steadied("large", 90.0, LEVELS, few, 0.05) == "medium"


def test_losses_have_boundaries_too() -> None:
    assert steadied("C", -20.9, CLASSES, GRADES, 0.05) == "C"
    assert steadied("C", -21.1, CLASSES, GRADES, 0.05) == "C-"
    assert steadied("C-", -19.1, CLASSES, GRADES, 0.05) == "C-"
    assert steadied("C-", -18.9, CLASSES, GRADES, 0.05) == "C"


@given(st.floats(-1e6, 1e6), st.sampled_from([*CLASSES, ""]))
def test_without_steadiness_the_boundaries_alone_count(amount: float, now: str) -> None:
    assert steadied(now, amount, CLASSES, GRADES, 0.0) == place_of(amount, CLASSES, GRADES)


def test_a_newcomer_is_placed_by_the_boundaries_and_no_revenue_is_inactive_at_once() -> None:
    assert next_level("", 10.0, BOUNDARIES, 0.05) == "medium"
    assert next_level("inactive", 10.0, BOUNDARIES, 0.05) == "medium"
    assert next_level("top", 0.0, BOUNDARIES, 0.05) == "inactive"
