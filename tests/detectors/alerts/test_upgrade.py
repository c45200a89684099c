"""Upgrade opportunities: who grows, is near the next level, and is not at risk."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alerts.lifecycle import close_alert, raise_alert
from detectors.alerts.upgrade import CHURN, KIND, upgrade_step
from detectors.customer.state import CustomerState, new_state
from detectors.durations import DAY
from tests.detectors.builders import policy_of

POLICY = policy_of(
    upgrade={
        "growth": 1.25,
        "reach": 0.5,
        "max_risk": 0.5,
        "cool_down": "10d",
        "expire_after": "20d",
    }
)
BOUNDARIES = {"top": 1_000.0, "large": 500.0, "medium": 100.0}


def step(state: CustomerState | None = None, day: float = 1, **changed: Any) -> str | None:
    values: dict[str, Any] = {
        "risk": 0.2,
        "complaints_open": 0,
        "revenue": 80.0,
        "growth": 1.5,
        "boundaries": BOUNDARIES,
    }
    found = upgrade_step(
        state or new_state("ann"), day * DAY, **{**values, **changed}, policy=POLICY
    )
    return found.stage if found else None


def test_a_growing_customer_near_the_next_level_is_one() -> None:
    assert step() == "raised"


@pytest.mark.parametrize(
    "changed",
    [
        {"complaints_open": 1},
        {"risk": 0.5},
        {"risk": 0.99},
        {"growth": 1.24},
        {"growth": None},
        {"revenue": 60.0},
        {"revenue": 5_000.0},
        {"revenue": 0.0},
        {"boundaries": {}},
    ],
    ids=str,
)
def test_without_any_one_of_the_conditions_it_is_not(changed: dict[str, Any]) -> None:
    assert step(**changed) is None


@given(
    st.floats(0, 1),
    st.integers(0, 3),
    st.floats(0, 2_000),
    st.none() | st.floats(0, 10),
)
def test_never_during_an_open_complaint_or_a_high_risk(
    risk: float, complaints: int, revenue: float, growth: float | None
) -> None:
    raised = step(risk=risk, complaints_open=complaints, revenue=revenue, growth=growth)
    if complaints or risk >= POLICY.upgrade.max_risk:
        assert raised is None


def test_a_complaint_or_a_risk_ends_it() -> None:
    for changed in ({"complaints_open": 2}, {"risk": 0.7}):
        state = new_state("ann")
        assert step(state) == "raised"
        assert step(state, 2, **changed) == "resolved"
        assert state.alerts[KIND].closed_at == 2 * DAY


def test_it_expires_and_cools_down() -> None:
    state = new_state("ann")
    stages = [step(state, day) for day in (1, 20, 21, 30, 31)]
    assert stages == ["raised", None, "expired", None, "raised"]


def test_one_that_is_open_is_not_raised_again() -> None:
    state = new_state("ann")
    assert [step(state, day) for day in (1, 2, 3)] == ["raised", None, None]


def test_nobody_with_an_open_churn_alert_is_one() -> None:
    state = new_state("ann")
    alert = raise_alert(state, CHURN, 0.0, 0.9, "high").alert
    assert step(state) is None
    close_alert(alert, 1.0, "resolved", "for a test", 0.1)
    assert step(state) == "raised"
    state.alerts[CHURN].closed_at = 0.0
    assert step(state, 2) == "resolved"
