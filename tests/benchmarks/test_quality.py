"""What the quality benchmark counts as reached, and how months are ranked."""

from typing import Any

import numpy as np
import pytest

from benchmarks.quality import aims, auc_lead, best
from benchmarks.quality_batch import BatchRun, Lines
from benchmarks.quality_cases import CASES, by_month


def _result(case: str, own: tuple[float, float, float], **others: float) -> dict[str, Any]:
    models: list[dict[str, Any]] = [
        {"name": "churnstream", "auc": own[0], "ece": own[1], "log_loss": own[2]}
    ]
    models += [{"name": n, "auc": auc, "ece": 0.1, "log_loss": 0.6} for n, auc in others.items()]
    models.append({"name": "recency", "auc": 0.5, "ece": None, "log_loss": None})
    group = {"log_loss": 0.5, "group_rate_log_loss": 0.5}
    return {"case": case, "models": models, "one_time": group, "first_weeks": None}


def test_the_best_baseline_is_the_best_of_all_by_each_measure() -> None:
    result = _result("a", (0.7, 0.02, 0.6), lightgbm=0.69, river=0.72)
    assert best(result, "auc")["name"] == "river"
    assert best(result, "log_loss")["name"] == "lightgbm"
    assert auc_lead(result) == pytest.approx(-0.02)


def test_an_aim_that_is_missed_is_said_to_be_missed() -> None:
    found = aims([_result("a", (0.7, 0.031, 0.61), river=0.71)])
    assert found["by_case"]["a"] == {
        "auc_not_below_the_best": False,
        "ece": False,
        "log_loss_not_above_the_best": False,
        "one_time_not_worse_than_the_rate": True,
        "first_weeks_not_worse_than_the_rate": None,
    }
    assert not found["mean_auc_lead_reached"]


def test_the_lead_is_an_average_over_the_data_sets() -> None:
    found = aims([_result("a", (0.7, 0.0, 0.6), x=0.7), _result("b", (0.708, 0.0, 0.6), x=0.7)])
    assert found["mean_auc_lead"] == pytest.approx(0.004)
    assert found["mean_auc_lead_reached"]
    assert found["by_case"]["a"]["auc_not_below_the_best"]


def test_a_month_with_few_of_one_outcome_is_ranked_with_the_month_before() -> None:
    january, february, march = 0, 31, 59
    days = np.array([january] * 10 + [february] * 10 + [march] * 10)
    many = [True] * 5 + [False] * 5
    truth = np.array(many + [True] + [False] * 9 + many)
    assert sorted(set(by_month(days, truth).tolist())) == [january, march]
    assert (by_month(days, truth)[10:20] == january).all()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_case_has_its_files_and_horizon(case: Any) -> None:
    assert case.load()
    days = case.horizon_days
    assert days is None or case.target(case.policy).horizon_days == days


def test_a_score_of_the_batch_job_knows_nothing_that_comes_later() -> None:
    random = np.random.default_rng(7)
    day = np.sort(random.integers(14_000, 14_200, 6_000))
    customer = random.integers(0, 300, day.size)
    amount = random.gamma(2.0, 10.0, day.size)

    def scores(until: int) -> dict[int, float]:
        kept = day < until
        lines = Lines(
            customer[kept],
            day[kept],
            amount[kept],
            np.zeros(int(kept.sum()), dtype=bool),
            customer[kept] % 7,
        )
        found = BatchRun(lines, window=60, horizon=20, refit=14).run()
        return {d: float(found.score[found.day == d].sum()) for d in np.unique(found.day).tolist()}

    whole, cut = scores(14_200), scores(14_190)
    shared = whole.keys() & cut.keys()
    assert shared
    assert all(whole[d] == pytest.approx(cut[d]) for d in shared)
