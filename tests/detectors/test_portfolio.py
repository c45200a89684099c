"""The pyramid's boundaries from rankings, against a full sort of all customers."""

from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.state import MONEY
from detectors.portfolio import PortfolioStage
from detectors.value.pyramid import LEVELS, level_of
from detectors.value.ranking import Ranking
from detectors.value.sketch import QuantileSketch
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from tests.detectors.builders import on, policy_of, records, rhythm
from tests.laws.stage import payload_of, run

WEEKLY = policy_of(churn={"review_interval": "7d"})

revenues = st.lists(st.integers(1, 10**7).map(lambda cents: cents / 100), min_size=1, max_size=150)


def held(amounts: list[float]) -> list[int]:
    return [round(amount * MONEY) for amount in amounts]


def fact(partition: int, day: int, amounts: list[float]) -> PortfolioFact:
    return PortfolioFact(
        partition=partition,
        bucket=day,
        customers=len(amounts),
        revenue=round(sum(amounts), 2),
        sketch=Ranking.of(held(amounts)).to_json(),
    )


def spread(amounts: list[float]) -> list[PortfolioFact]:
    """The amounts as facts of two partitions on the seven days of an interval."""
    return [
        fact(partition, 100 + day, amounts[partition * 7 + day :: 14])
        for day in range(7)
        for partition in range(2)
    ]


def portfolio_of(facts: list[PortfolioFact]) -> Portfolio:
    stage = PortfolioStage(WEEKLY)
    stage.update(facts)
    return stage.portfolio()


@settings(max_examples=50)
@given(revenues)
def test_boundaries_of_a_few_are_those_of_a_full_sort(amounts: list[float]) -> None:
    portfolio = portfolio_of(spread(amounts))
    ranked = sorted(amounts, reverse=True)
    assert portfolio.customers == len(amounts)
    assert portfolio.revenue == pytest.approx(sum(amounts), abs=0.1)
    for level, share in (("top", 0.01), ("large", 0.05), ("medium", 0.2)):
        place = max(ceil(round(share * len(amounts), 9)), 1)
        assert portfolio.boundaries[level] == ranked[place - 1]
        found = sum(amount >= portfolio.boundaries[level] for amount in amounts)
        assert found == place + ranked[place:].count(ranked[place - 1])


def test_levels_hold_their_shares_of_many_customers() -> None:
    amounts = [1.02**number for number in range(1_000)]
    portfolio = portfolio_of(spread(amounts))
    found = [level_of(amount, portfolio.boundaries) for amount in amounts]
    for level, share in zip(LEVELS, (10, 40, 150, 800), strict=True):
        assert found.count(level) == pytest.approx(share, abs=5)
        assert portfolio.counts[level] == pytest.approx(share, abs=5)
    assert sum(portfolio.counts.values()) == 1_000
    assert sum(portfolio.shares.values()) == pytest.approx(1.0, abs=1e-5)
    assert list(portfolio.shares) == list(LEVELS)


@settings(max_examples=40)
@given(revenues, st.randoms(use_true_random=False), st.integers(0, 20))
def test_repeated_and_disordered_facts_of_an_interval_change_nothing(
    amounts: list[float], random: Any, repeats: int
) -> None:
    facts = spread(amounts)
    again = facts + random.choices(facts, k=repeats)
    random.shuffle(again)
    assert portfolio_of(again) == portfolio_of(facts)


def test_a_later_fact_of_a_day_replaces_the_earlier_one() -> None:
    stage = PortfolioStage(WEEKLY)
    stage.update([fact(0, 100, [1.0, 2.0])])
    stage.update([fact(0, 100, [5.0])])
    assert stage.portfolio().customers == 1


def test_facts_older_than_one_interval_are_forgotten() -> None:
    stage = PortfolioStage(WEEKLY)
    for day in range(100, 130):
        stage.update([fact(0, day, [float(day)])])
    assert stage.portfolio().customers == 7
    stage.update([fact(0, 122, [1.0] * 50)])
    assert stage.portfolio().customers == 7


def test_facts_that_an_older_program_wrote_count_within_the_accuracy_of_their_sketch() -> None:
    sketch = QuantileSketch()
    for amount in range(1, 101):
        sketch.add(float(amount))
    old = PortfolioFact(
        partition=0, bucket=100, customers=100, revenue=5050.0, sketch=sketch.to_json()
    )
    portfolio = portfolio_of([old])
    assert portfolio.customers == 100
    assert portfolio.revenue == pytest.approx(5050, rel=0.01)
    assert portfolio.boundaries["medium"] == pytest.approx(81, rel=0.01)
    assert portfolio.grade_boundaries == {}


def test_it_publishes_once_for_each_new_day_as_of_its_end() -> None:
    stage = PortfolioStage(WEEKLY)
    published = [
        payload_of(message)
        for day in (100, 100, 101, 99, 103)
        for message in stage.update([fact(0, day, [float(day)])])
    ]
    assert [int(item.as_of.timestamp()) // 86_400 for item in published] == [101, 102, 104]
    assert not stage.update([])


def test_nothing_is_published_of_nobody() -> None:
    assert PortfolioStage(WEEKLY).update([]) == []


def test_levels_of_customers_follow_from_what_their_partition_told() -> None:
    events = sorted(
        (event for n in range(100) for event in rhythm(f"c{n}", n / 100, 7, 20, 1.1**n)),
        key=lambda event: event.at,
    )
    stage = run(records(events), WEEKLY, until=on(141))
    levels = {name: state.level for name, state in stage.customers.items()}
    assert levels["c0"] == "small"
    assert levels["c99"] == "top"
    assert levels["c96"] == "large"
    assert levels["c88"] == "medium"
    views = {view.customer_id: view.level for view in stage.payloads("customer-state")}
    assert views["c99"] == "top"
