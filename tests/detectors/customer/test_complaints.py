"""Complaints: open or not at any moment, in whatever order their steps arrive."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.complaints.life import is_known, is_open
from detectors.customer.complaints import (
    MAX_CASES,
    MAX_TURNS,
    apply_complaint,
    open_cases,
)
from detectors.customer.state import CustomerState, new_state
from schemas.complaint import Complaint
from tests.detectors.builders import moment

Step = tuple[str, float]
STAGES = ("opened", "responded", "resolved", "reopened", "escalated", "withdrawn")


def after(steps: list[Step], case: str = "case") -> CustomerState:
    state = new_state("ann")
    for stage, at in steps:
        apply_complaint(state, step_of(stage, at, case), at)
    return state


def step_of(stage: str, at: float, case: str = "case", **fields: object) -> Complaint:
    return Complaint(
        complaint_id=case,
        customer_id="ann",
        stage=stage,  # type: ignore[arg-type]
        occurred_at=moment(at),
        **fields,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("steps", "opens"),
    [
        ([("opened", 1)], {0: False, 1: True, 9: True}),
        ([("opened", 1), ("resolved", 3)], {2: True, 3: False, 9: False}),
        ([("opened", 1), ("withdrawn", 3)], {2: True, 9: False}),
        ([("opened", 1), ("resolved", 3), ("reopened", 5)], {2: True, 4: False, 6: True}),
        (
            [("opened", 1), ("resolved", 3), ("escalated", 5), ("resolved", 7)],
            {2: True, 4: False, 6: True, 8: False},
        ),
        ([("responded", 2)], {3: False}),
        ([("opened", 1), ("responded", 2)], {3: True}),
        ([("resolved", 2)], {3: False}),
        ([("escalated", 2)], {1: False, 3: True}),
        ([("opened", 4), ("resolved", 2)], {1: False, 3: False, 5: False}),
    ],
)
def test_it_is_open_as_of_a_moment_in_any_order_of_arrival(
    steps: list[Step], opens: dict[int, bool]
) -> None:
    for order in permutations(steps):
        (case,) = after(list(order)).complaints
        assert {at: is_open(case, at) for at in opens} == opens


@given(
    st.lists(
        st.tuples(st.sampled_from(STAGES), st.integers(1, 50).map(float)),
        max_size=MAX_TURNS,
        unique_by=lambda step: step[1],
    ),
    st.integers(0, 60).map(float),
)
def test_later_steps_do_not_change_what_was_true_before(steps: list[Step], at: float) -> None:
    whole, cut = after(steps), after([step for step in steps if step[1] <= at])
    assert [c.complaint_id for c in open_cases(whole, at)] == [
        c.complaint_id for c in open_cases(cut, at)
    ]
    assert sum(is_known(c, at) for c in whole.complaints) == sum(
        is_known(c, at) for c in cut.complaints
    )


def test_severity_is_the_gravest_and_the_cause_the_newest_in_any_order() -> None:
    steps = [
        step_of("opened", 1.0, severity=2, cause="poor_service"),
        step_of("responded", 2.0, severity=4),
        step_of("reopened", 3.0, severity=3, cause="broken_promise"),
    ]
    for order in permutations(steps):
        state = new_state("ann")
        for step in order:
            apply_complaint(state, step, step.occurred_at.timestamp())
        (case,) = state.complaints
        assert (case.severity, case.cause) == (4, "broken_promise")


def test_a_thousand_complaints_are_counted_and_few_are_kept() -> None:
    state = new_state("ann")
    for number in range(1_000):
        apply_complaint(state, step_of("opened", 1.0 + number, f"c{number}"), 1.0 + number)
    assert len(state.complaints) == MAX_CASES
    assert state.past_complaints == 1_000 - MAX_CASES
    assert state.complaints[-1].complaint_id == "c999"


def test_a_closed_case_makes_room_before_an_open_one() -> None:
    state = new_state("ann")
    for number in range(MAX_CASES):
        apply_complaint(state, step_of("opened", 1.0, f"c{number}"), 1.0)
    apply_complaint(state, step_of("resolved", 2.0, "c5"), 2.0)
    apply_complaint(state, step_of("opened", 3.0, "new"), 3.0)
    assert "c5" not in {case.complaint_id for case in state.complaints}
    assert len(open_cases(state, 4.0)) == MAX_CASES


def test_a_case_that_opens_and_closes_without_end_stays_small() -> None:
    state = new_state("ann")
    for number in range(500):
        stage = "reopened" if number % 2 else "resolved"
        apply_complaint(state, step_of(stage, 1.0 + number), 1.0 + number)
    (case,) = state.complaints
    assert len(case.turns) == MAX_TURNS
    assert is_open(case, 1e9)
