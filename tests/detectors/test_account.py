"""The account adds up, is the published score where there is one, and says what moved it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.account import TELLING, Account, NoAccountError, account_of, scorer_with
from detectors.alerts.reasons import FEW
from detectors.customer.facts import facts_at
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.models.archive import archived, as_snapshot
from detectors.models.laplace import sigmoid
from detectors.policy import Policy
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    brisk,
    complaint,
    feedback,
    on,
    records,
    rhythm,
)
from tests.laws.stage import Stage, run
from tests.laws.stories import end_of, stories

ATTRIBUTES: dict[str, object] = {"profile_attributes": ["segment"]}
POLICY = brisk(features=ATTRIBUTES)
CANCELLATION = brisk(churn={"definition": "cancellation"}, features=ATTRIBUTES)
policies = st.sampled_from([POLICY, CANCELLATION])


def snapshots(stage: Stage) -> list[ModelSnapshot]:
    """The models of a stage as they come out of the archive."""
    names = stage.processor.decisions.scorer.names
    published = [item for item in stage.published if isinstance(item, ModelSnapshot)]
    return [as_snapshot(archived(item, names)) for item in published]


def account(stage: Stage, customer: str = "ann", day: float | None = None) -> Account:
    policy = stage.policy
    at = None if day is None else on(day)
    return account_of(stage.customers[customer], scorer_with(snapshots(stage), policy), policy, at)


@settings(max_examples=16)
@given(stories(), policies, st.sampled_from([None, 0, 1, 25]))
def test_reference_contributions_and_rest_add_up_to_the_log_odds(
    events: list[Happening], policy: Policy, later: int | None
) -> None:
    stage = run(records(events), policy)
    end = (int(end_of(events, 0) // DAY) + 1.0) * DAY
    at = None if later is None else end + later * DAY
    scorer = scorer_with(snapshots(stage), policy)
    for state in stage.customers.values():
        made = account_of(state, scorer, policy, at)
        total = made.reference_log_odds + sum(p.contribution for p in made.contributions)
        assert total + made.rest == pytest.approx(made.log_odds, abs=1e-9)
        assert sigmoid(made.log_odds) == pytest.approx(made.probability)
        sizes = [abs(part.contribution) for part in made.contributions]
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) <= TELLING
        assert all(part.text for part in made.contributions)


@settings(max_examples=16)
@given(stories(), policies)
def test_the_last_published_score_is_made_again_to_the_last_bit(
    events: list[Happening], policy: Policy
) -> None:
    """Unless events have arrived since for the very days that it looked at."""
    stage = run(records(events), policy, until=end_of(events))
    spoke = {view.customer_id: view.model_version for view in stage.payloads("customer-state")}
    for state in stage.customers.values():
        if state.last_score is None:
            continue
        scorer = scorer_with(snapshots(stage), policy, spoke[state.customer_id])
        made = account_of(state, scorer, policy)
        if made.as_of.timestamp() != state.last_score.at:
            continue  # so long ago that its days are settled
        assert made.published == state.last_score.probability
        if facts_are_those_of_the_score(state, policy, made):
            assert made.probability == made.published


def facts_are_those_of_the_score(state: CustomerState, policy: Policy, made: Account) -> bool:
    scorer = scorer_with([], policy)
    at = made.as_of.timestamp()
    days = (int(at // DAY), int(at // DAY) - 1)
    packed = [scorer.score(facts_at(state, day, policy), at).packed for day in days]
    return state.last_score is not None and state.last_score.features in packed


def test_an_account_names_numbers_evidence_and_the_open_alert() -> None:
    story = [*rhythm("ann", 0, 3, 8), complaint("c", "ann", on(22), "opened", "case-1")]
    stage = run(records(story), POLICY, until=on(50))
    made = account(stage)
    assert made.scored
    assert made.alert_id == stage.customers["ann"].alerts["churn-risk"].alert_id
    assert made.evidence == ["ann-5", "ann-6", "ann-7", "case-1"]
    silence = next(part for part in made.contributions if part.feature == "silence")
    assert silence.text.startswith(f"no purchase for {silence.value:.0f} days; usually every 3")
    assert silence.typical is None, "the prior rule has no reference customer"


def test_a_later_moment_tells_what_moved_since_the_last_score() -> None:
    stage = run(records(rhythm("ann", 0, 3, 8)), POLICY, until=on(40))
    last = stage.customers["ann"].last_score
    assert last is not None
    made = account(stage, day=60)
    assert made.published is None
    assert made.since is not None
    assert made.since.at.timestamp() == last.at
    assert made.since.probability == last.probability
    assert 1 <= len(made.since.changed) <= FEW
    assert made.since.changed[0].feature == "silence"
    assert made.since.changed[0].contribution_change > 0


def test_the_last_score_itself_is_compared_with_the_one_before() -> None:
    stage = run(records(rhythm("ann", 0, 3, 8)), POLICY, until=on(40))
    made = account(stage)
    assert made.since is not None
    assert made.since.at < made.as_of
    assert (made.as_of - made.since.at).days == 3, "the interval between two reviews"


def test_after_a_score_of_long_ago_the_newest_event_is_the_moment() -> None:
    gone = [*rhythm("ann", 0, 3, 8), feedback("late", "ann", on(300), "survey", score_nps=3)]
    stage = run(records(gone), POLICY)
    last = stage.customers["ann"].last_score
    assert last is not None
    made = account(stage)
    assert made.as_of.timestamp() == on(300) > last.at
    assert not made.scored
    assert made.published is None


def test_a_customer_that_left_the_population_is_explained_as_such() -> None:
    stage = run(records(rhythm("ann", 0, 3, 8)), POLICY, until=on(40))
    assert not account(stage, day=80).scored


def test_hints_are_part_of_it_and_true_of_the_model_of_that_moment() -> None:
    stage = run(records(rhythm("ann", 0, 3, 8)), POLICY, until=on(50))
    for hint in account(stage).hints:
        assert hint.probability_after < POLICY.alerts.clear_at


def test_before_and_beyond_what_is_known_a_clear_word() -> None:
    stage = run(records(rhythm("ann", 5, 3, 60)), POLICY)
    with pytest.raises(NoAccountError, match="not known before 2011-01-31"):
        account(stage, day=2)
    with pytest.raises(NoAccountError, match="kept day by day from"):
        account(stage, day=10)
    assert account(stage, day=181).as_of.timestamp() == (FIRST_DAY + 181.0) * DAY
