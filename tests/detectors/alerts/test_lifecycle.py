"""The life of one alert, step by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alerts.lifecycle import (
    Step,
    band_of,
    churn_step,
    close_alert,
    is_cooling,
    open_alert,
    raise_alert,
)
from detectors.customer.state import CustomerState, new_state
from detectors.durations import DAY
from detectors.policy import Alerts
from tests.detectors.builders import policy_of

POLICY: Alerts = policy_of(
    alerts={
        "raise_at": 0.7,
        "clear_at": 0.5,
        "update_step": 0.1,
        "cool_down": "10d",
        "expire_after": "40d",
    }
).alerts


def walk(state: CustomerState, *scores: tuple[float, float]) -> list[str]:
    """The stages that scores lead to: (day, probability); a dash where nothing happens."""
    steps = [churn_step(state, day * DAY, probability, POLICY) for day, probability in scores]
    return [step.stage if step else "-" for step in steps]


def test_it_opens_at_the_high_threshold_and_not_below() -> None:
    assert walk(new_state("ann"), (1, 0.69), (2, 0.7)) == ["-", "raised"]


def test_between_the_thresholds_it_stays_as_it_is() -> None:
    assert walk(new_state("ann"), (1, 0.75), (2, 0.7), (3, 0.66)) == ["raised", "-", "updated"]
    assert walk(new_state("ann"), (1, 0.6), (2, 0.55)) == ["-", "-"]


def test_it_resolves_below_the_low_threshold_only() -> None:
    assert walk(new_state("ann"), (1, 0.75), (2, 0.5), (3, 0.49)) == [
        "raised",
        "updated",
        "resolved",
    ]


def test_a_change_of_band_or_a_large_step_is_told() -> None:
    state = new_state("ann")
    assert walk(state, (1, 0.84), (2, 0.845), (3, 0.86), (4, 0.97), (5, 0.98)) == [
        "raised",
        "-",
        "updated",
        "updated",
        "-",
    ]
    alert = open_alert(state, "churn-risk")
    assert alert is not None
    assert (alert.updates, alert.band, alert.probability) == (2, "critical", 0.97)


def test_after_the_end_it_cools_down() -> None:
    stages = walk(new_state("ann"), (1, 0.8), (2, 0.1), (3, 0.9), (11.9, 0.9), (12, 0.9))
    assert stages == ["raised", "resolved", "-", "-", "raised"]


def test_it_expires_when_it_was_open_for_the_longest_time() -> None:
    assert walk(new_state("ann"), (1, 0.8), (40.9, 0.8), (41, 0.8)) == ["raised", "-", "expired"]


def test_snoozed_it_says_nothing_but_still_ends() -> None:
    state = new_state("ann")
    walk(state, (1, 0.75))
    state.alerts["churn-risk"].snoozed_until = 8.0 * DAY
    assert walk(state, (2, 0.95), (8, 0.95)) == ["-", "updated"]
    state.alerts["churn-risk"].snoozed_until = 20.0 * DAY
    assert walk(state, (9, 0.1)) == ["resolved"]


def test_it_may_be_told_not_to_raise() -> None:
    state = new_state("ann")
    assert churn_step(state, 1.0, 0.9, POLICY, may_raise=False) is None
    assert not state.alerts


def test_ids_come_from_kind_customer_and_time() -> None:
    def made(kind: str, customer: str, at: float) -> str:
        return raise_alert(new_state(customer), kind, at, 0.9, "high").alert.alert_id

    ids = {made(k, c, t) for k in ("a", "b") for c in ("x", "y") for t in (1.0, 2.0)}
    assert len(ids) == 8
    assert made("a", "x", 1.0) in ids


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (0.0, "low"),
        (0.49, "low"),
        (0.5, "medium"),
        (0.7, "high"),
        (0.85, "critical"),
        (1.0, "critical"),
    ],
)
def test_bands_begin_at_their_thresholds(probability: float, band: str) -> None:
    assert band_of(probability, Alerts()) == band


scores = st.lists(st.tuples(st.floats(0, 30), st.floats(0, 1)), max_size=60)


@given(scores)
def test_any_walk_has_at_most_one_open_alert_and_keeps_the_rules(
    path: list[tuple[float, float]],
) -> None:
    state, day, ended = new_state("ann"), 0.0, float("-inf")
    is_open = False
    for gap, probability in path:
        day += gap
        step: Step | None = churn_step(state, day * DAY, probability, POLICY)
        if step is None:
            assert is_open == (open_alert(state, "churn-risk") is not None)
            continue
        assert is_open == (step.stage != "raised")
        is_open = step.because is None
        if step.stage == "raised":
            assert probability >= POLICY.raise_at
            assert day * DAY >= ended + POLICY.cool_down
        if step.because:
            ended = day * DAY
        assert is_open == (open_alert(state, "churn-risk") is not None)


def test_an_alert_is_never_closed_before_it_was_opened() -> None:
    alert = raise_alert(new_state("ann"), "churn-risk", 5.0, 0.9, "high").alert
    close_alert(alert, 3.0, "resolved", "for a test", 0.1)
    assert alert.closed_at == 5.0


def test_what_never_was_does_not_cool() -> None:
    assert not is_cooling(new_state("ann"), "churn-risk", 0.0, 1e9)


def test_two_alerts_of_one_moment_cannot_be_told_apart_so_the_second_waits() -> None:
    state = new_state("ann")
    alert = raise_alert(state, "churn-risk", 5.0, 0.9, "high").alert
    close_alert(alert, 5.0, "resolved", "for a test", 0.1)
    assert is_cooling(state, "churn-risk", 5.0, 0.0)
    assert not is_cooling(state, "churn-risk", 5.001, 0.0)
