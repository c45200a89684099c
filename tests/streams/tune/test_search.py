"""The whole search on a small shop: what is chosen, and what is measured."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors.durations import DAY
from detectors.policy import Business, Policy
from streams.tune.contacts import contacts_of, with_threshold
from streams.tune.document import document_of
from streams.tune.errors import TuneError
from streams.tune.search import Candidate, Tuning, check_business, tune
from streams.tune.trial import run_trial
from tests.detectors.builders import policy_of
from tests.streams.backtest.shop import policy, shop
from tests.streams.tune.small import bought, few_trials, small_shop

BUSINESS = {"margin": 0.3, "contact_cost": 1.0, "save_rate": 0.2}


def silent(what: str) -> Callable[[int], None]:
    return lambda events: None


def rules(**business: float) -> Policy:
    return replace(policy(), business=Business(**BUSINESS | business))


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    with pytest.MonkeyPatch.context() as patch:
        few_trials(patch, horizons=[40], intervals=[14])
        return tune([small_shop(tmp_path_factory.mktemp("shop"))], rules(capacity=20), silent)


def test_the_policy_as_it_is_then_horizons_then_intervals_are_tried(tuning: Tuning) -> None:
    tried = [c.trial.policy.churn for c in tuning.candidates]
    assert [(c.horizon // DAY, c.review_interval // DAY) for c in tried][:2] == [(30, 7), (40, 7)]
    assert tried[2].review_interval == 14 * DAY


def test_nothing_of_the_later_part_is_chosen_on(tuning: Tuning) -> None:
    parts = tuning.parts
    assert parts.chosen_on.last < parts.measured_on.first
    own = tuning.candidates[0]
    for place in (10, 50, 80):
        threshold = float(own.curve.thresholds[place])
        alerts = with_threshold(own.trial.policy.alerts, threshold)
        rows, _ = contacts_of(own.trial, alerts)
        days = own.trial.days[rows]
        inside = ((days >= parts.chosen_on.first) & (days <= parts.chosen_on.last)).sum()
        assert own.curve.contacts[place] == pytest.approx(inside / parts.chosen_on.weeks)


def test_all_candidates_are_judged_by_the_same_loss(tuning: Tuning) -> None:
    first, second = (candidate.trial for candidate in tuning.candidates[:2])
    assert np.array_equal(first.days, second.days)
    assert np.array_equal(first.leaves, second.leaves)
    assert not np.array_equal(first.probability, second.probability)


def test_the_capacity_holds_where_it_is_chosen(tuning: Tuning) -> None:
    for candidate in tuning.candidates:
        if candidate.best is not None:
            assert candidate.curve.contacts[candidate.best] <= 20


def test_the_document_adds_up(tuning: Tuning) -> None:
    document = document_of(tuning)
    json.dumps(document, allow_nan=False)
    for name in ("as_it_is", "proposed"):
        found = document["expected"][name]
        if found is None:
            continue
        assert found["net"] == pytest.approx(found["saved_margin"] - found["cost"], abs=0.02)
        assert found["cost"] == pytest.approx(found["contacts"], abs=0.02)  # one unit each
        assert found["leavers_reached"] <= found["contacts"]
        low, high = found["net_interval"]
        assert low <= found["net"] <= high


def test_the_same_input_gives_the_same_trial(tuning: Tuning, tmp_path: Path) -> None:
    own = tuning.candidates[0].trial
    again = run_trial([small_shop(tmp_path)], own.policy, own.policy.target)
    for name in ("places", "days", "probability", "may_raise", "stake", "leaves", "losses"):
        assert np.array_equal(getattr(again, name), getattr(own, name))


def test_when_a_contact_costs_more_than_anybody_is_worth_nothing_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_trials(monkeypatch, horizons=[], intervals=[])
    found = tune([small_shop(tmp_path)], rules(contact_cost=1e6), silent)
    assert found.proposal is None
    assert "no threshold gains" in (found.why_not or "")
    document = document_of(found)
    assert document["proposal"] is document["expected"]["proposed"] is None


@pytest.mark.parametrize(
    ("business", "message"),
    [
        ({}, r"\[business\] save_rate .* contact_cost .* or capacity"),
        ({"save_rate": 0.2}, r"\[business\] contact_cost .* or capacity"),
        ({"contact_cost": 2}, r"\[business\] save_rate"),
        ({"contact_cost": 2, "save_rate": 0.1, "margin": 0}, r"\[business\] margin"),
    ],
)
def test_what_is_missing_is_named(business: dict[str, object], message: str) -> None:
    with pytest.raises(TuneError, match=message):
        check_business(policy_of(business=business).business)


@pytest.mark.parametrize("business", [{"contact_cost": 2}, {"capacity": 5}])
def test_a_cost_or_a_capacity_is_enough(business: dict[str, object]) -> None:
    check_business(policy_of(business=business | {"save_rate": 0.1}).business)


def test_without_amounts_there_is_nothing_to_lose(tmp_path: Path) -> None:
    free = tuple(row | {"dollars": "0"} for row in bought())
    with pytest.raises(TuneError, match="no customer has any revenue"):
        tune([shop(tmp_path, free)], rules(), silent)


def candidate_of(own: Candidate, *net: float) -> Candidate:
    """A candidate with these gains in resamples, one of whose thresholds gains."""
    return replace(own, best=50, net=np.array(net))


def test_another_one_is_better_only_when_nearly_all_resamples_say_so(tuning: Tuning) -> None:
    own = tuning.candidates[0]
    base = candidate_of(own, *([10.0] * 100))
    lucky = candidate_of(own, *([5_000.0] * 10 + [9.0] * 90))
    sure = candidate_of(own, *([11.0] * 99 + [9.0]))
    assert not lucky.surely_gains_more(base)
    assert sure.surely_gains_more(base)
    assert not base.surely_gains_more(base)
    assert not replace(sure, best=None).surely_gains_more(base)
