"""The areas that go with churn, and the satisfaction of all, from facts of all partitions."""

from random import Random

import pytest

from detectors.policy import Satisfaction
from detectors.portfolio import PortfolioStage
from detectors.satisfaction.association import LabelHistory
from detectors.satisfaction.intervals import difference, quantile_of
from detectors.satisfaction.summary import satisfaction_of
from detectors.value.sketch import QuantileSketch
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.satisfaction import SatisfactionFact
from tests.detectors.builders import FIRST_DAY, complaint, on, policy_of, purchase, records
from tests.laws.stage import run

RULES = Satisfaction()
POLICY = policy_of(churn={"review_interval": "7d"})
Z = quantile_of(0.95)


def labels(number: int, left: int, *areas: tuple[str, str, int, int]) -> SatisfactionFact:
    return SatisfactionFact(
        csat=(0, 0.0, 0.0),
        nps=(0, 0, 0),
        labels=(number, left),
        area_labels=list(areas),  # type: ignore[arg-type]
    )


def ranks(*facts: SatisfactionFact, rules: Satisfaction = RULES) -> list[tuple[str, str | None]]:
    told = [(FIRST_DAY, fact) for fact in facts]
    found = satisfaction_of(told, LabelHistory(rules), rules)
    return [(area.dimension, area.name) for area in found.areas]


def test_an_area_is_compared_with_all_customers_without_it() -> None:
    fact = labels(100, 30, ("product", "p1", 20, 15))
    fact.areas = [("product", "p1", 8, 4_000.0)]
    (area,) = satisfaction_of([(FIRST_DAY, fact)], LabelHistory(RULES), RULES).areas
    assert (area.rate, area.rate_without) == (0.75, 0.1875)
    assert area.difference == 0.5625
    assert (area.low, area.high) == pytest.approx(difference(15, 20, 15, 80, Z), abs=1e-4)
    assert area.is_clear
    assert (area.active, area.value_at_stake, area.expected_loss) == (8, 4_000.0, 2_250.0)


def test_what_is_sure_stands_before_what_is_large() -> None:
    """Two of two left: a large difference, and nearly no evidence."""
    found = ranks(labels(1_000, 100, ("product", "rare", 2, 2), ("cause", "culture", 200, 80)))
    assert found == [("cause", "culture"), ("product", "rare")]


def test_an_area_that_goes_with_staying_has_no_expected_loss() -> None:
    fact = labels(1_000, 500, ("cause", "culture", 200, 20))
    fact.areas = [("cause", "culture", 10, 900.0)]
    (area,) = satisfaction_of([(FIRST_DAY, fact)], LabelHistory(RULES), RULES).areas
    assert area.high < 0
    assert area.is_clear
    assert area.expected_loss == 0.0


def test_among_many_areas_without_effect_few_look_clear() -> None:
    """300 times 40 areas of 50 customers, all at the same rate: about one in twenty by chance."""
    random, alarms = Random(5), 0
    for _ in range(300):
        areas = [
            ("product", f"p{n:02}", 50, sum(random.random() < 0.3 for _ in range(50)))
            for n in range(40)
        ]
        fact = labels(20_000, 6_000, *areas)
        rules = Satisfaction(areas=40)
        found = satisfaction_of([(FIRST_DAY, fact)], LabelHistory(rules), rules)
        alarms += any(area.is_clear for area in found.areas)
    assert alarms / 300 <= 0.08


def test_extreme_answers_only_are_not_certain() -> None:
    fact = labels(0, 0)
    fact.csat, fact.nps, fact.customers, fact.buyers = (3, 15.0, 75.0), (0, 0, 3), 3, 3
    found = satisfaction_of([(FIRST_DAY, fact)], LabelHistory(RULES), RULES)
    assert found.csat is not None
    assert (found.csat.mean, found.csat.high) == (5.0, 5.0)
    assert found.csat.low < 4
    assert found.nps is not None
    assert (found.nps.score, found.nps.low) == (-100.0, -100.0)
    assert found.nps.high > -60
    assert (found.repurchase.rate, found.repurchase.low) == (0.0, 0.0)
    assert found.repurchase.high > 0.5
    assert found.churn.of == 0
    assert (found.churn.low, found.churn.high) == (0.0, 1.0)


def test_nobody_s_satisfaction_is_unknown() -> None:
    found = satisfaction_of([], LabelHistory(RULES), RULES)
    assert (found.csat, found.nps, found.areas) == (None, None, [])


def facts_of(days: int) -> list[PortfolioFact]:
    """Two partitions, each with labels every day."""
    return [
        PortfolioFact(
            partition=partition,
            bucket=FIRST_DAY + day,
            customers=0,
            revenue=0.0,
            sketch=QuantileSketch().to_json(),
            satisfaction=labels(10, 3, ("product", f"p{day % 30}", 2, 1)),
        )
        for day in range(days)
        for partition in range(2)
    ]


def told(stage: PortfolioStage, facts: list[PortfolioFact]) -> Portfolio:
    stage.update(facts)
    return stage.portfolio()


def test_a_new_owner_that_reads_the_unacknowledged_facts_again_counts_nothing_twice() -> None:
    facts = facts_of(60)
    whole = told(PortfolioStage(POLICY), facts)
    first = PortfolioStage(POLICY)
    published = told(first, facts[:80])
    second = PortfolioStage(POLICY)
    second.restore([], published)
    # Unacknowledged are those of the last interval; some more come again.
    assert told(second, facts[60:]) == whole
    assert whole.satisfaction is not None
    assert whole.satisfaction.churn.of == 1_200


def test_how_far_the_partitions_are_apart_changes_nothing() -> None:
    facts = facts_of(60)
    shifted = sorted(facts, key=lambda fact: (fact.bucket + 5 * fact.partition, fact.partition))
    one, other = told(PortfolioStage(POLICY), facts), told(PortfolioStage(POLICY), shifted)
    assert one.satisfaction == other.satisfaction


def test_labels_leave_with_the_window_and_what_is_held_is_bounded() -> None:
    policy = policy_of(
        churn={"review_interval": "7d"}, satisfaction={"label_window": "40d", "areas": 5}
    )
    stage = PortfolioStage(policy)
    found = told(stage, facts_of(400))
    assert found.satisfaction is not None
    assert 800 <= found.satisfaction.churn.of <= 1_200
    assert len(found.satisfaction.areas) == 6
    counted = sum(area.customers for area in found.satisfaction.areas)
    assert counted * 5 == found.satisfaction.churn.of
    assert len(found.labels["periods"]) <= 6


def test_who_complained_of_a_product_and_left_shows_in_the_portfolio() -> None:
    """80 customers; of the 30 with a complaint about p1 two thirds stop, of the others none."""
    events = []
    for n in range(80):
        for week in range(10 if n < 20 else 18):
            events.append(purchase(f"e{n}-{week}", f"c{n:03}", on(7 * week + n % 7)))
        if n < 30:
            events.append(
                complaint(f"o{n}", f"c{n:03}", on(66), "opened", f"k{n}", product_id="p1")
            )
    events.sort(key=lambda event: event.at)
    policy = policy_of(churn={"active_window": "28d", "horizon": "28d", "review_interval": "7d"})
    stage = run(records(events), policy, until=on(126), learns=False)
    found = told(PortfolioStage(policy), stage.payloads("portfolio-facts")).satisfaction
    assert found is not None
    (area,) = found.areas
    assert (area.dimension, area.name) == ("product", "p1")
    assert area.low > 0.2
    assert area.is_clear
    assert area.rate_without < 0.2
    assert found.repurchase.of == found.complaints.of == 60
    assert found.repurchase.rate == 1.0
