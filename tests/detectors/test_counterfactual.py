"""Hints are true: what is hinted at, really done, gives exactly the probability claimed."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.counterfactual import LONGEST, Hint, Say, hints_of, usual_activity
from detectors.customer.complaints import open_cases
from detectors.customer.facts import Facts, facts_at
from detectors.customer.features import NAMES
from detectors.customer.state import CustomerState, encode_state
from detectors.durations import DAY
from detectors.models.logistic import SecondOrderLogistic
from detectors.policy import Policy
from detectors.scoring import Scorer
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    brisk,
    complaint,
    interaction,
    on,
    policy_of,
    purchase,
    record,
    records,
    rhythm,
)
from tests.detectors.models.ensembles import champion_of
from tests.laws.stage import Stage, run
from tests.laws.stories import end_of, makers, purchases, stories

POLICY = brisk(alerts={"raise_at": 0.8, "clear_at": 0.7, "high": 0.8, "critical": 0.9})


def speaker(policy: Policy, seed: int | None = None) -> Say:
    """The prior rule, or a made model that trusts the prior and knows of complaints."""
    scorer = Scorer(policy)
    if seed is not None:
        weights = np.random.default_rng(seed).normal(0, 0.15, len(NAMES)).tolist()
        means = dict(zip(NAMES, weights, strict=True))
        means |= {"prior_logit": 1.0, "complaints_open": 1.5}
        model = SecondOrderLogistic(prior_mean=means)
        scorer.install(champion_of(model))
    return lambda facts: [score.probability for score in scorer.score_many(facts, 9e9)]


def known(events: list[Happening], policy: Policy = POLICY) -> tuple[Stage, CustomerState]:
    stage = run([record(event, offset) for offset, event in enumerate(events)], policy)
    return stage, stage.customers["ann"]


def after(stage: Stage, events: Sequence[Happening], day: int, say: Say) -> float:
    """The probability at the end of `day` when the events really come, through the processor."""
    again = Stage(stage.policy, learns=False, store=dict(stage.store))
    again.restart()
    customer = events[0].payload
    assert customer is not None
    again.feed([record(event, 10_000 + number) for number, event in enumerate(events)])
    state = again.customers[customer.customer_id]
    return say([facts_at(state, day, stage.policy)])[0]


def really_done(stage: Stage, state: CustomerState, hint: Hint, day: int, say: Say) -> list[float]:
    """The probabilities after the hinted action, on each of the days that the hint names."""
    policy, found = stage.policy, []
    for last in range(day + 1, day + 1 + hint.within_days):
        noon = (last + 0.5) * DAY
        if hint.action == "activity":
            usual = usual_activity(state, day, policy, last)
            events = [interaction("real", state.customer_id, noon, usual.kind, amount=usual.amount)]
        else:
            events = [
                complaint(f"real{n}", state.customer_id, noon, "resolved", case.complaint_id)
                for n, case in enumerate(open_cases(state, noon))
            ]
        found.append(after(stage, events, last, say))
    return found


@settings(max_examples=25)
@given(stories(st.one_of(purchases, makers)), st.sampled_from([None, 1, 2, 3]), st.integers(0, 20))
def test_what_is_hinted_at_really_done_gives_exactly_what_was_claimed(
    events: list[Happening], seed: int | None, later: int
) -> None:
    stage = run(records(events), POLICY, learns=False)
    day, say = int(end_of(events, 0) // DAY) + later, speaker(POLICY, seed)
    for state in stage.customers.values():
        for hint in hints_of(state, day, POLICY, say):
            done = really_done(stage, state, hint, day, say)
            assert done[-1] == hint.probability_after
            if hint.action == "activity":
                assert max(done) < POLICY.alerts.clear_at


@settings(max_examples=20)
@given(stories(), st.sampled_from([None, 4, 5]))
def test_without_a_hint_one_more_activity_the_next_day_would_not_help(
    events: list[Happening], seed: int | None
) -> None:
    stage = run(records(events), POLICY, learns=False)
    day, say = int(end_of(events, 0) // DAY) + 9, speaker(POLICY, seed)
    for state in stage.customers.values():
        if any(hint.action == "activity" for hint in hints_of(state, day, POLICY, say)):
            continue
        (now,) = say([facts_at(state, day, POLICY)])
        usual = usual_activity(state, day, POLICY, day + 1)
        event = interaction(
            "real", state.customer_id, (day + 1.5) * DAY, usual.kind, amount=usual.amount
        )
        done = after(stage, [event], day + 1, say)
        assert now < POLICY.alerts.clear_at or done >= POLICY.alerts.clear_at


def test_the_state_is_left_as_it_was() -> None:
    _, state = known([*rhythm("ann", 0, 3, 8), complaint("c", "ann", on(22), "opened")])
    before = encode_state(state)
    assert hints_of(state, FIRST_DAY + 40, POLICY, speaker(POLICY, 1))
    assert encode_state(state) == before


def test_a_hint_is_told_with_its_days_and_probabilities() -> None:
    _, state = known(rhythm("ann", 0, 3, 8))
    (hint,) = hints_of(state, FIRST_DAY + 55, POLICY, speaker(POLICY))
    assert hint.action == "activity"
    assert hint.text.startswith(f"a purchase within {hint.within_days} days would bring this below")
    assert hint.text.endswith(f"to {hint.probability_after:.2f} on the last")


def test_a_complaint_whose_end_helps_is_hinted_at() -> None:
    story = [*rhythm("ann", 0, 3, 8), complaint("c", "ann", on(22), "opened")]
    _, state = known(story)
    hints = hints_of(state, FIRST_DAY + 40, POLICY, speaker(POLICY, 1))
    resolving = next(hint for hint in hints if hint.action == "resolve")
    assert resolving.text.startswith("resolving 1 open complaint the next day would ")
    # The prior rule does not see complaints: it has nothing to say of them.
    assert all(
        hint.action != "resolve"
        for hint in hints_of(state, FIRST_DAY + 40, POLICY, speaker(POLICY))
    )


def test_nothing_is_hinted_at_when_nothing_would_help() -> None:
    events = [purchase("a", "ann", on(0)), interaction("b", "ann", on(1), "cancel_request")]
    cancelling = brisk(churn={"definition": "cancellation"}, prior={"cancellation_rate": 0.6})
    _, state = known(events, cancelling)
    assert hints_of(state, FIRST_DAY + 4, cancelling, speaker(cancelling)) == []


def test_nothing_is_hinted_at_below_the_threshold_or_when_more_is_known() -> None:
    _, state = known(rhythm("ann", 0, 3, 8))
    say = speaker(POLICY)
    assert hints_of(state, FIRST_DAY + 21, POLICY, say) == []
    assert hints_of(state, FIRST_DAY + 55, POLICY, say) != []
    _, returned = known([*rhythm("ann", 0, 3, 8), purchase("late", "ann", on(60))])
    assert hints_of(returned, FIRST_DAY + 55, POLICY, say) == []


@pytest.mark.parametrize("horizon", ["5d", "14d", "90d"])
def test_no_hint_looks_beyond_the_horizon_or_a_month(horizon: str) -> None:
    policy = policy_of(churn={"horizon": horizon}, alerts={"clear_at": 0.02, "raise_at": 0.9})
    _, state = known(rhythm("ann", 0, 1, 60), policy)

    def say(facts: Sequence[Facts]) -> list[float]:
        return [0.01 if item.recency == 0 else 0.5 for item in facts]

    (hint,) = hints_of(state, FIRST_DAY + 70, policy, say)
    assert hint.within_days == min(LONGEST, policy.horizon_days)


def test_the_usual_purchase_is_the_mean_one() -> None:
    events = [purchase("a", "ann", on(0), 10.0), purchase("b", "ann", on(2), 30.0)]
    _, state = known(events)
    usual = usual_activity(state, FIRST_DAY + 9, POLICY, FIRST_DAY + 10)
    assert (usual.kind, usual.amount) == ("purchase", 20.0)
