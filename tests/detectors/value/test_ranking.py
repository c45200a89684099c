"""Rankings of parts laid side by side, against a full sort of all (D4, D5)."""

import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.apply import amount_of
from detectors.customer.state import MONEY
from detectors.value.ranking import Ranking
from detectors.value.sketch import QuantileSketch
from schemas.interaction import Interaction
from tests.detectors.retail import shoppers

SHARES = (0.01, 0.05, 0.2, 0.76)
MOST_ERROR = 0.005
"""Of all customers (D4)."""
MANY = 30_000
PARTS = 56
"""Eight partitions, seven days."""

amounts = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=400)
ties = st.lists(st.integers(-3, 3), min_size=1, max_size=400)


def retail_revenues() -> list[int]:
    spent: Counter[str] = Counter()
    for event in shoppers(4):
        assert isinstance(event.payload, Interaction)
        is_return = event.payload.kind == "return"
        amount = round(abs(amount_of(event.payload)) * MONEY)
        spent[event.payload.customer_id] += -amount if is_return else amount
    return list(spent.values())


def lognormal(chance: random.Random) -> int:
    return round(chance.lognormvariate(5, 1) * MONEY)


def heavy(chance: random.Random) -> int:
    return round(min(chance.paretovariate(0.6), 1e11) * MONEY)


def one_fee(chance: random.Random) -> int:
    """Nine in ten pay the same fee."""
    return 299_000 if chance.random() < 0.9 else lognormal(chance)


def two_fees(chance: random.Random) -> int:
    """Two fees a cent apart, so that no bucket of amounts tells them apart."""
    return chance.choice([300_000, 300_000, 300_100])


def narrow(chance: random.Random) -> int:
    return 300_000 + chance.randrange(2_000)


def losses(chance: random.Random) -> int:
    return round(chance.gauss(0, 50) * MONEY)


def together(values: list[int], parts: int) -> Ranking:
    return Ranking.together(Ranking.of(values[part::parts]) for part in range(parts))


def rank_error(values: list[int], share: float, least: int) -> float:
    """By how many of all customers too many or too few have at least `least`.

    Equal customers at the boundary may be counted or not.
    """
    ascending, n = sorted(values), len(values)
    wanted = max(share * n, 1)
    more, at_least = n - bisect_right(ascending, least), n - bisect_left(ascending, least)
    return max(more - wanted, wanted - at_least, 0) / n


@pytest.mark.parametrize(
    "draw", [lognormal, heavy, one_fee, two_fees, narrow, losses], ids=lambda draw: draw.__name__
)
def test_the_rank_error_is_within_half_a_percent_of_all_customers(
    draw: Callable[[random.Random], int],
) -> None:
    chance = random.Random(draw.__name__)
    values = [draw(chance) for _ in range(MANY)]
    ranking = together(values, PARTS)
    assert ranking.count == MANY
    errors = {share: rank_error(values, share, ranking.least_of(share)) for share in SHARES}
    assert max(errors.values()) <= MOST_ERROR, errors


def test_the_rank_error_is_so_for_one_part_and_for_amounts_in_order() -> None:
    values = [round(1.001**number * MONEY) for number in range(20_000)]
    for parts in (1, 2):
        ranking = together(values, parts)
        for share in SHARES:
            assert rank_error(values, share, ranking.least_of(share)) <= MOST_ERROR


def test_the_boundaries_of_real_customers_are_those_of_a_full_sort() -> None:
    values = retail_revenues()
    assert len(values) > 500
    ranking = together(values, 14)
    for share in SHARES:
        assert rank_error(values, share, ranking.least_of(share)) <= 1 / len(values)
        ordered = sorted(values, reverse=True)
        best = sum(ordered[: -int(-share * len(values) // 1)])
        assert ranking.sum_of(share) == pytest.approx(best, rel=0.01)


def test_it_stays_small() -> None:
    chance = random.Random(1)
    ranking = Ranking.of(lognormal(chance) for _ in range(MANY))
    assert len(msgspec.json.encode(ranking.to_json())) < 40_000


@settings(max_examples=60)
@given(st.one_of(amounts, ties), st.integers(1, 7), st.sampled_from([*SHARES, 0.0, 1.0]))
def test_a_few_are_ranked_exactly(values: list[int], parts: int, share: float) -> None:
    """Each part holds no more than 200 one by one."""
    ranking, ordered = together(values, max(parts, 2)), sorted(values, reverse=True)
    place = max(-int(-round(share * len(values), 6) // 1), 1)
    assert ranking.least_of(share) == ordered[place - 1]
    assert ranking.sum_of(share) == pytest.approx(list(accumulate(ordered))[place - 1], abs=1e-3)
    assert ranking.total == sum(values)
    reaching = [value for value in values if value >= ordered[place - 1]]
    assert ranking.reaching(ordered[place - 1]) == (len(reaching), sum(reaching))


@given(amounts)
def test_it_reads_back_as_written(values: list[int]) -> None:
    data = Ranking.of(values).to_json()
    assert Ranking.from_json(msgspec.json.decode(msgspec.json.encode(data))).to_json() == data


def test_the_order_of_parts_does_not_matter() -> None:
    chance = random.Random(2)
    parts = [Ranking.of(lognormal(chance) for _ in range(500)) for _ in range(5)]
    assert Ranking.together(parts).to_json() == Ranking.together(parts[::-1]).to_json()


def test_nobody_has_no_least_amount() -> None:
    nobody = Ranking.of([])
    assert (nobody.count, nobody.total) == (0, 0)
    assert Ranking.from_json(nobody.to_json()).count == 0
    with pytest.raises(ValueError, match="empty"):
        nobody.least_of(0.5)


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="ranking format is 'other'"):
        Ranking.from_json({"format": "other"})
    assert Ranking.from_json(QuantileSketch().to_json()).count == 0
