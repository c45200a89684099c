"""What the product finds in a small world whose truth is known; and that the comparison is fair.

The bounds hold with margin for other seeds too; the figures of the full world stand in
docs/benchmarks.md.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.truth.__main__ import PARTS, main
from benchmarks.truth.case import Case
from benchmarks.truth.causes import accuracy, macro_f1, precision
from benchmarks.truth.incidents import is_about
from benchmarks.truth.levels import outside
from benchmarks.truth.staff import in_order
from detectors.policy import Policy
from examples.telecom.scene import Scene
from schemas.incident import Incident

CRISIS: dict[str, Any] = {
    "product": "fibre",
    "category": "internet",
    "cause": "product_defect",
    "begin": 1e9,
    "end": 1.0001e9,
}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case.make(tmp_path_factory.mktemp("truth"), Scene(customers=200, days=110))


@pytest.fixture(scope="module")
def found(case: Case) -> dict[str, dict[str, Any]]:
    return {name: part(case) for name, part in PARTS.items()}


def test_levels_are_those_of_a_full_sort(found: dict[str, dict[str, Any]]) -> None:
    assert found["level"]["compared"] > 150
    assert found["level"]["revenue_right"] == 1.0
    assert found["level"]["right"] > 0.95
    assert found["level"]["rank_error"] < 0.03  # a customer is half a percent here


def test_a_stated_cause_is_taken_as_it_stands(found: dict[str, dict[str, Any]]) -> None:
    assert found["cause"]["complaints"] > 50
    assert found["cause"]["stated_right"] == 1.0


def test_every_breach_and_warning_is_told_at_its_moment_and_no_other(
    found: dict[str, dict[str, Any]],
) -> None:
    told = found["breach"]
    for kind in ("breach", "approaching_breach"):
        assert told[f"{kind}_true"] > 15
        assert told[f"{kind}_recall"] == told[f"{kind}_precision"] == 1.0


def test_both_crises_are_found_and_nothing_else(found: dict[str, dict[str, Any]]) -> None:
    incident = found["incident"]
    assert incident["found"] == 1.0
    assert incident["false"] <= 1
    assert incident["crises"][0]["delay_hours"] < 24


def test_whose_manager_left_is_told_of_and_nobody_else_until_the_new_owner_calls(
    found: dict[str, dict[str, Any]],
) -> None:
    told = found["staff"]
    announced, seen_in_profiles = told["departures"]
    assert announced["recall"] == seen_in_profiles["recall"] == 1.0
    assert announced["longest_hours"] < 6  # a quiet world: time moves with its few events
    assert seen_in_profiles["longest_hours"] == 0
    assert announced["in_order"] > 0.8
    assert told["false"] == told["control"] == told["wrongly_cleared"] == 0
    assert told["cleared"] + told["stand_in"] == told["called"] > 5


def test_who_buys_only_with_a_discount_is_marked_and_nobody_else(
    found: dict[str, dict[str, Any]],
) -> None:
    assert found["discount"]["judged"] > 5
    assert found["discount"]["precision"] > 0.8
    assert found["discount"]["recall"] == 1.0


def test_the_models_rank_who_falls_silent(found: dict[str, dict[str, Any]]) -> None:
    assert found["churn"]["predictions"] > 300
    assert found["churn"]["auc"] > 0.7
    assert found["churn"]["ece"] < 0.05


def test_the_command_refuses_an_unusable_world(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--customers", "3"]) == 2
    assert "customers = 3" in capsys.readouterr().err


# The comparison itself


def test_f1_counts_what_is_missed_and_what_is_wrong() -> None:
    pairs = [("culture", "culture"), ("culture", "unknown"), ("poor_service", "culture")]
    assert accuracy(pairs) == pytest.approx(1 / 3, abs=1e-4)
    assert precision(pairs) == 0.5
    assert macro_f1(pairs) == 0.25  # culture: 2 * 1 / (2 + 2); poor service: 0


def test_a_level_is_wrong_by_so_much_of_the_customers_as_lie_between() -> None:
    policy = Policy()
    assert outside((0.0, 0.005), "top", policy) == 0.0
    assert outside((0.03, 0.04), "top", policy) == pytest.approx(0.02)
    assert outside((0.10, 0.15), "small", policy) == pytest.approx(0.05)
    assert outside((0.5, 0.5), "inactive", policy) == 1.0


def test_order_is_the_share_of_pairs_that_stand_right() -> None:
    assert in_order([3.0, 2.0, 2.0, 1.0]) == 1.0
    assert in_order([1.0, 3.0, 2.0]) == pytest.approx(1 / 3, abs=1e-4)
    assert in_order([2.0, 2.0]) is None


@pytest.mark.parametrize(
    ("named", "after", "expected"),
    [
        ({"product_id": "fibre"}, 3600.0, True),
        ({"cause": "product_defect"}, 3600.0, True),
        ({"category": "internet"}, 3600.0, True),
        ({"product_id": "tv"}, 3600.0, False),
        ({"product_id": "fibre"}, -3600.0, False),
        ({"product_id": "fibre"}, 30 * 86_400.0, False),
    ],
)
def test_an_incident_is_about_a_crisis_by_time_and_by_what_it_names(
    named: dict[str, str], after: float, expected: bool
) -> None:
    at = datetime.fromtimestamp(CRISIS["begin"] + after, UTC)
    step = Incident(
        incident_id="i",
        stage="opened",
        occurred_at=at,
        started_at=at,
        observed=9,
        expected=1.0,
        p_value=0.0,
        customers=9,
        **named,  # type: ignore[arg-type]
    )
    assert is_about(step, CRISIS) is expected


def test_the_world_of_a_case_stands_beside_what_was_told(case: Case) -> None:
    assert case.summary["events"]["add_up"] is True
    assert case.summary["events"]["duplicate"] == sum(case.facts["repeats"].values())
    assert isinstance(case.world, Path)
