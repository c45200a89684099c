"""Scoring: who may speak, and that company changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.champion import Champion
from detectors.customer.facts import facts_at
from detectors.customer.features import GRID, NAMES, on_grid, unpack
from detectors.customer.level_rule import rise_probabilities
from detectors.customer.prior_rule import priors_of
from detectors.customer.scales import LIMIT
from detectors.models.laplace import sigmoid
from detectors.models.logistic import SecondOrderLogistic
from detectors.policy import Policy
from detectors.scoring import Scorer
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    brisk,
    policy_of,
    records,
    rhythm,
)
from tests.detectors.facts import facts_of
from tests.detectors.models.ensembles import champion_of
from tests.laws.stage import run
from tests.laws.stories import end_of, stories

POLICY = Policy()
DAY = 86_400.0


def champion(as_of: float, *, speaker: str = "linear", weight: float = 0.1) -> Champion:
    model = SecondOrderLogistic(prior_mean=dict.fromkeys(NAMES, weight))
    return champion_of(model, as_of, speaker)


def scorer_with(*champions: Champion) -> Scorer:
    scorer = Scorer(POLICY)
    for item in champions:
        scorer.install(item)
    return scorer


FACTS = facts_of(rhythm("ann", 0, 5, 6), 40)
(BY_THE_RULE,) = priors_of([FACTS], POLICY.target, POLICY, POLICY.prior, {})
AT = (FIRST_DAY + 41.0) * DAY


def test_before_a_model_the_prior_speaks() -> None:
    score = Scorer(POLICY).score(FACTS, AT)
    assert (score.basis, score.model_version) == ("prior", "prior")
    assert score.probability == BY_THE_RULE


def test_the_rule_for_a_move_up_the_pyramid_knows_where_the_levels_begin() -> None:
    policy = policy_of(upgrade={"definition": "level", "horizon": "30d"})
    target = policy.upgrade_target
    regular = rhythm("ann", 0, 5, 6)
    near, far = (facts_of(regular, day, policy) for day in (26, 80))
    scorer = Scorer(policy, target)
    unknown = scorer.score_many([near, far], AT)
    assert [score.probability for score in unknown] == pytest.approx([policy.upgrade.rate] * 2)
    scorer.boundaries_at = {AT: {"medium": 80.0}}.get  # type: ignore[assignment]
    close, distant = (score.probability for score in scorer.score_many([near, far], AT))
    assert close > distant
    (rule,) = rise_probabilities([near], {"medium": 80.0}, policy, 30)
    assert close == pytest.approx(rule)


def test_the_basis_is_what_speaks() -> None:
    for speaker, basis in (("prior", "prior"), ("rate", "group"), ("blend", "model")):
        assert scorer_with(champion(5.0, speaker=speaker)).score(FACTS, AT).basis == basis
    # A later one in which the rule speaks again takes the word from an earlier one.
    by_rule = scorer_with(champion(5.0), champion(9.0, speaker="prior")).score(FACTS, AT)
    assert (by_rule.basis, by_rule.model_version) == ("prior", "v9.0")
    assert by_rule.probability == pytest.approx(BY_THE_RULE, abs=0.01)


def test_what_is_said_of_a_group_has_low_confidence() -> None:
    by_group, by_model = (
        scorer_with(champion(5.0, speaker=speaker)).score(FACTS, AT)
        for speaker in ("rate", "blend")
    )
    assert by_group.confidence <= 0.1 < by_model.confidence


def test_of_a_one_time_customer_the_group_speaks_where_the_model_is_hardly_believed() -> None:
    scorer = scorer_with(champion(5.0, speaker="blend"))
    once = facts_of(rhythm("ann", 0, 5, 1), 40)
    believed = scorer.score_many([once, FACTS], AT)
    scorer.at(AT).ensemble.one_time.share = 0.3  # type: ignore[union-attr]
    doubted = scorer.score_many([once, FACTS], AT)
    assert [score.basis for score in (*believed, *doubted)] == ["model", "model", "group", "model"]
    assert doubted[0].probability != believed[0].probability
    assert doubted[1].log_odds == believed[1].log_odds
    why = scorer.explain(doubted[0])
    assert why.base + float(why.parts.sum()) == pytest.approx(doubted[0].log_odds)


def test_the_newest_model_that_is_not_from_the_future_speaks() -> None:
    scorer = scorer_with(champion(AT + 0.5), champion(AT), champion(AT - 0.5))
    assert scorer.score(FACTS, AT).model_version == f"v{AT}"
    assert scorer.score(FACTS, AT - 0.25).model_version == f"v{AT - 0.5}"
    assert scorer.score(FACTS, AT - 1).basis == "prior"


def test_a_model_published_again_replaces_itself() -> None:
    scorer = scorer_with(champion(5.0, weight=0.1), champion(5.0, weight=0.2))
    once = scorer_with(champion(5.0, weight=0.2))
    assert scorer.score(FACTS, AT).probability == once.score(FACTS, AT).probability


@given(st.lists(st.integers(0, 20), max_size=8, unique=True), st.integers(0, 25))
def test_forgetting_changes_no_later_score(times: list[int], before: int) -> None:
    known = [champion(float(time), weight=time / 50) for time in times]
    scorer, short = scorer_with(*known), scorer_with(*known)
    short.forget(float(before))
    for at in range(before, 30):
        assert short.score(FACTS, float(at)).probability == scorer.score(FACTS, at).probability


@settings(max_examples=13)
@given(stories(), st.sampled_from(["prior", "rate", "linear", "curved", "blend"]))
def test_a_customer_scored_in_company_has_the_same_score_to_the_last_bit(
    events: list[Happening], speaker: str
) -> None:
    policy = brisk()
    stage = run(records(events), policy, learns=False)
    scorer = Scorer(policy)
    model = SecondOrderLogistic(
        prior_mean=dict(zip(NAMES, np.sin(range(len(NAMES))).tolist(), strict=True))
    )
    scorer.install(champion_of(model, speaker=speaker))
    day = int(end_of(events) // DAY)
    facts = [
        facts_at(state, day - back, policy)
        for state in stage.customers.values()
        for back in range(12)
    ]
    for size in (1, 2, 3, 8, len(facts)):
        together = scorer.score_many(facts[:size], 1e9)
        for alone, other in zip(
            (scorer.score(item, 1e9) for item in facts), together, strict=False
        ):
            assert alone.log_odds == other.log_odds
            assert alone.packed == other.packed


@given(st.lists(st.floats(allow_nan=False, width=32), min_size=1, max_size=30))
def test_the_byte_kept_of_a_feature_is_exactly_what_is_scored(values: list[float]) -> None:
    packed = on_grid(np.array([values]))
    numbers = unpack(packed)[0]
    assert np.array_equal(on_grid(numbers[None, :]), packed)
    held = np.clip(np.array(values), -LIMIT, LIMIT)
    assert np.abs(numbers - held).max() <= 0.5 / GRID
    assert np.abs(numbers).max() <= LIMIT


def test_confidence_grows_with_occasions_and_with_labels() -> None:
    few, many = (facts_of(rhythm("ann", 0, 2, times), 40) for times in (2, 12))
    one = facts_of(rhythm("ann", 0, 2, 1), 40)
    prior = Scorer(POLICY)
    by_prior = [prior.score(facts, AT).confidence for facts in (one, few, many)]
    by_model = [
        scorer_with(champion(1.0)).score(facts, AT).confidence for facts in (one, few, many)
    ]
    assert by_prior == sorted(by_prior)
    assert all(model > other for model, other in zip(by_model, by_prior, strict=True))
    assert all(0 < confidence < 1 for confidence in by_prior + by_model)
    assert sigmoid(prior.score(one, AT).log_odds) == prior.score(one, AT).probability


def test_records_are_not_needed_for_nobody() -> None:
    assert run(records([]), POLICY).messages == []
