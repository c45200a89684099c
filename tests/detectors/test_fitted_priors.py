"""The prior rule's parameters: fitted to counts, in force from a moment on, never before."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.broadcast import Broadcast
from detectors.customer.facts import Counts, counts_of
from detectors.customer.prior_rule import bg_nbd
from detectors.durations import DAY
from detectors.fitted_priors import MIN_CUSTOMERS, FittedPriors, fitted
from detectors.ledger import Archive, ledger_of, recompute
from detectors.policy import Policy, Prior
from detectors.portfolio import PortfolioStage
from detectors.scoring import Scorer
from detectors.value.sketch import QuantileSketch
from schemas.portfolio import FittedPrior, Portfolio
from schemas.portfolio_fact import PortfolioFact
from tests.detectors.builders import FIRST_DAY, moment, on, policy_of, records, rhythm
from tests.detectors.facts import facts_of
from tests.laws.stage import run

PRIOR = Prior()
POLICY = policy_of(churn={"review_interval": "7d"})
BRISK: Counter[Counts] = Counter({(9, 54, 60): 150, (5, 30, 30): 150, (0, 0, 3): 30})
"""A shop where everybody comes every six days."""
SLOW: Counter[Counts] = Counter({(0, 0, 60): 280, (1, 30, 60): 20})


def fact(day: int, rhythms: Counter[Counts], partition: int = 0) -> PortfolioFact:
    return PortfolioFact(
        partition=partition,
        bucket=day,
        customers=0,
        revenue=0.0,
        sketch=QuantileSketch().to_json(),
        rhythms=[(*counts, number) for counts, number in sorted(rhythms.items())],
    )


def parameters(as_of: float, alpha: float = 20.0) -> FittedPrior:
    return FittedPrior(as_of=moment(as_of), r=0.5, alpha_days=alpha, a=0.7, b=2.0)


def silence(item: FittedPrior | None, repeats: int = 0, age: float = 30.0) -> float:
    assert item is not None
    prior = replace(PRIOR, r=item.r, alpha_days=item.alpha_days, a=item.a, b=item.b)
    return bg_nbd(prior).silence(repeats, 0.0, age, 60.0)


def test_the_policy_speaks_until_the_first_are_in_force() -> None:
    priors = FittedPriors(PRIOR)
    priors.install([parameters(on(7)), parameters(on(14), alpha=25.0)])
    assert priors.at(on(7) - 0.5) == PRIOR
    assert priors.at(on(7)) == replace(PRIOR, r=0.5, alpha_days=20.0, a=0.7, b=2.0)
    assert priors.at(on(13)).alpha_days == 20.0
    assert priors.at(on(99)).alpha_days == 25.0


def test_what_a_later_portfolio_repeats_or_forgot_changes_nothing() -> None:
    priors = FittedPriors(PRIOR)
    priors.install([parameters(on(7))])
    priors.install([parameters(on(7), alpha=1.0), parameters(on(14), alpha=25.0)])
    priors.install([parameters(on(14), alpha=2.0)])
    assert [priors.at(on(day)).alpha_days for day in (8, 15)] == [20.0, 25.0]


def test_few_customers_fit_nothing() -> None:
    few = Counter({(1, 10, 20): MIN_CUSTOMERS - 1})
    assert fitted([few], PRIOR, on(7)) is None
    assert fitted([few, Counter({(0, 0, 5): 1})], PRIOR, on(7)) is not None
    assert fitted([], PRIOR, on(7)) is None


def test_the_rule_follows_the_shop() -> None:
    policys = bg_nbd(PRIOR).silence(0, 0.0, 30.0, 60.0)
    assert silence(fitted([BRISK], PRIOR, on(7))) < policys - 0.1
    assert silence(fitted([SLOW], PRIOR, on(7))) > policys


def test_a_large_shop_moves_it_no_further_than_one_of_the_same_rhythm() -> None:
    large = Counter({counts: 1_000 * number for counts, number in BRISK.items()})
    assert silence(fitted([large], PRIOR, on(7))) == pytest.approx(
        silence(fitted([BRISK], PRIOR, on(7))), abs=0.005
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 5), st.booleans())
def test_how_customers_lie_on_partitions_changes_no_bit(place: int, swap: bool) -> None:
    items = sorted((BRISK + SLOW).items())
    parts = [dict(items[:place]), dict(items[place:])]
    assert fitted(parts[::-1] if swap else parts, PRIOR, on(7)) == fitted(
        [BRISK + SLOW], PRIOR, on(7)
    )


def test_the_portfolio_fits_once_an_interval_from_the_end_of_the_day_on() -> None:
    stage = PortfolioStage(POLICY)
    for day in range(700, 715):
        stage.update([fact(day, BRISK)])
    assert [item.as_of.timestamp() / DAY for item in stage.portfolio().priors] == [701, 708, 715]


def test_it_goes_on_from_the_published_ones() -> None:
    stage, resumed = PortfolioStage(POLICY), PortfolioStage(POLICY)
    held = [fact(day, BRISK) for day in range(700, 706)]
    for item in held:
        stage.update([item])
    resumed.restore(held, stage.portfolio())
    for day in range(706, 720):
        for either in (stage, resumed):
            either.update([fact(day, SLOW)])
    assert resumed.portfolio().priors == stage.portfolio().priors
    assert len(stage.portfolio().priors) == 3, "fitted on days 700, 707 and 714"


def test_what_no_waiting_prediction_can_ask_for_is_forgotten() -> None:
    stage = PortfolioStage(POLICY)
    for day in range(700, 2_000, 7):
        stage.update([fact(day, BRISK)])
    priors = stage.portfolio().priors
    asked = 1_996.0 - POLICY.retained_days - POLICY.horizon_days
    assert priors[0].as_of.timestamp() / DAY <= asked < priors[1].as_of.timestamp() / DAY


def test_reviews_count_those_who_came_within_the_active_window() -> None:
    policy = policy_of(churn={"review_interval": "7d", "active_window": "30d"})
    stage = run(records(rhythm("ann", 0, 7, 9)), policy, until=on(63))
    told = [item for fact in stage.payloads("portfolio-facts") for item in fact.rhythms]
    assert told
    assert all(last <= age < 30 and number == 1 for _, last, age, number in told)
    assert {repeats for repeats, *_ in told} <= {0, 1, 2, 3, 4}


def test_a_score_and_its_audit_use_the_parameters_in_force() -> None:
    facts = facts_of(rhythm("ann", 0, 12, 5), 60)
    scorer = Scorer(Policy())
    at = (FIRST_DAY + 61.0) * DAY
    before = scorer.score(facts, at)
    broadcast = Broadcast([scorer], PRIOR)
    portfolio = Portfolio(
        as_of=moment(at), version="1", customers=1, revenue=1.0, boundaries={},
        priors=[parameters(at)],
    )  # fmt: skip
    broadcast.install(portfolio)
    score = scorer.score(facts, at)
    assert counts_of(facts) == (4, 48, 60)
    assert scorer.score(facts, at - 1.0).probability == before.probability != score.probability
    ledger = ledger_of(score, scorer.names, Policy())
    assert recompute(ledger, Archive.of([], scorer.names)) == score.probability
    assert sum(scorer.explain(score).parts) + scorer.explain(score).base == pytest.approx(
        score.log_odds
    )
