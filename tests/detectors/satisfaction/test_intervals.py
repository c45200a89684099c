"""Intervals against published examples, and how often they hold, by adding up all outcomes."""

from itertools import product
from math import comb, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.satisfaction.intervals import (
    difference,
    mean,
    net_promoters,
    quantile_of,
    wilson,
)

Z = quantile_of(0.95)


def test_wilsons_interval_is_that_of_the_published_examples() -> None:
    """Newcombe (1998), Two-sided confidence intervals for the single proportion, table I."""
    for count, total, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        assert wilson(count, total, Z) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 20, Z) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29, Z) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_newcombes_interval_is_that_of_the_published_examples() -> None:
    """Newcombe (1998), Interval estimation for the difference, table II, method 10."""
    published = [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ]
    for counts, interval in published:
        assert difference(*counts, Z) == pytest.approx(interval, abs=5e-5)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_every_interval_contains_what_was_counted(a: int, b: int, c: int, d: int) -> None:
    total, other = a + b, c + d
    low, high = wilson(a, total, Z)
    assert 0 <= low <= high <= 1
    assert not total or low <= a / total <= high
    low, high = difference(a, total, c, other, Z)
    assert -1 <= low <= high <= 1
    assert not (total and other) or low <= a / total - c / other <= high
    low, high = net_promoters(a, b, c, Z)
    assert -1 <= low <= high <= 1
    assert not a + b + c or low <= (a - c) / (a + b + c) <= high


@given(st.lists(st.floats(1, 5), min_size=1, max_size=60))
def test_the_interval_of_a_mean_contains_it_and_stays_on_the_scale(answers: list[float]) -> None:
    squares = sum(answer**2 for answer in answers)
    low, high = mean(len(answers), sum(answers), squares, 1, 5, Z)
    assert 1 <= low <= sum(answers) / len(answers) + 1e-9
    assert low < high <= 5
    assert high >= sum(answers) / len(answers) - 1e-9


def test_answers_of_one_kind_only_do_not_look_certain() -> None:
    """Five customers, all promoters, or all of them very satisfied."""
    low, high = net_promoters(5, 0, 0, Z)
    assert low < 0.5
    assert high == 1.0
    low, high = mean(5, 25.0, 125.0, 1, 5, Z)
    assert low < 3.5
    assert high == 5.0
    assert net_promoters(0, 0, 0, Z) == (-1.0, 1.0)
    assert mean(0, 0.0, 0.0, 1, 5, Z) == (1.0, 5.0)


@pytest.mark.parametrize("chances", [(0.3, 0.5, 0.2), (0.9, 0.05, 0.05), (0.98, 0.02, 0.0)])
def test_the_interval_of_the_net_promoters_holds_as_often_as_it_says(
    chances: tuple[float, float, float],
) -> None:
    """Over all outcomes of 25 answers; the plain Wald interval holds only 40 % of the third."""
    n = 25
    held = 0.0
    for promoters, detractors in product(range(n + 1), repeat=2):
        passives = n - promoters - detractors
        if passives < 0:
            continue
        ways = factorial(n) // (factorial(promoters) * factorial(passives) * factorial(detractors))
        chance = ways * chances[0] ** promoters * chances[1] ** passives * chances[2] ** detractors
        low, high = net_promoters(promoters, passives, detractors, Z)
        held += chance * (low <= chances[0] - chances[2] <= high)
    assert held >= 0.93


@pytest.mark.parametrize("share", [0.05, 0.5, 0.97])
def test_the_interval_of_the_mean_holds_for_answers_at_the_ends_alone(share: float) -> None:
    n = 30
    held = 0.0
    for fives in range(n + 1):
        chance = comb(n, fives) * share**fives * (1 - share) ** (n - fives)
        ones = n - fives
        low, high = mean(n, 5.0 * fives + ones, 25.0 * fives + ones, 1, 5, Z)
        held += chance * (low <= 1 + 4 * share <= high)
    assert held >= 0.93
