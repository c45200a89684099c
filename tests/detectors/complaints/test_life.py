"""A complaint's life: runs, states and clocks as of any moment, in any order of steps (D13)."""

from itertools import permutations
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.complaints.care import NO_CARE, care_at
from detectors.complaints.clocks import clocks_at, moments, running_at, share_used, urgency
from detectors.complaints.life import is_open, runs_at, state_at
from detectors.customer.complaints import MAX_STATED, MAX_TURNS, apply_complaint
from detectors.customer.state import ComplaintCase, new_state
from detectors.durations import DAY, HOUR
from schemas.complaint import Complaint
from tests.detectors.builders import complaint, moment, on, policy_of, purchase
from tests.detectors.facts import facts_of

Step = tuple[str, float]
Given = tuple[str, float] | tuple[str, float, dict[str, object]]
STAGES = ("opened", "responded", "resolved", "reopened", "escalated", "withdrawn")
ROUND_THE_CLOCK = {
    "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    "opens": "00:00",
    "closes": "24:00",
}
POLICY = policy_of(
    calendar=ROUND_THE_CLOCK,
    complaints={
        "response": ["16h", "16h", "8h", "4h", "2h"],
        "resolution": ["80h", "40h", "20h", "10h", "5h"],
        "level_share": {"top": 0.5},
    },
)
START = 20_000.0 * DAY


def case_after(*steps: Given) -> ComplaintCase:
    """The case after steps: stage, hours since the start, and further fields."""
    state = new_state("ann")
    for stage, hours, *fields in steps:
        apply_complaint(state, step(stage, hours, *fields), START + hours * HOUR)
    (case,) = state.complaints
    return case


def step(stage: str, hours: float, fields: dict[str, object] | None = None) -> Complaint:
    return Complaint(
        complaint_id="case",
        customer_id="ann",
        stage=stage,  # type: ignore[arg-type]
        occurred_at=moment(START + hours * HOUR),
        **(fields or {}),  # type: ignore[arg-type]
    )


def hours_of(at: float) -> float:
    return (at - START) / HOUR if at else 0.0


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ([("opened", 1), ("responded", 2)], {0: None, 1: "opened", 3: "responded"}),
        ([("opened", 1), ("responded", 2), ("resolved", 3)], {2: "responded", 3: "resolved"}),
        ([("opened", 1), ("withdrawn", 3)], {2: "opened", 3: "withdrawn"}),
        ([("opened", 1), ("resolved", 3), ("reopened", 5)], {4: "resolved", 6: "reopened"}),
        ([("opened", 1), ("escalated", 2)], {1: "opened", 2: "escalated"}),
        ([("resolved", 2)], {1: None, 2: "resolved"}),
        ([("responded", 2)], {1: None, 2: "responded"}),
    ],
)
def test_the_state_is_that_of_the_newest_step_in_any_order_of_arrival(
    steps: list[Step], states: dict[int, str | None]
) -> None:
    for order in permutations(steps):
        case = case_after(*order)
        assert {at: state_at(case, START + at * HOUR) for at in states} == states


@given(
    st.lists(
        st.tuples(st.sampled_from(STAGES), st.integers(1, 60).map(float)),
        min_size=1,
        max_size=MAX_TURNS,
    ),
    st.integers(0, 70).map(float),
    st.randoms(use_true_random=False),
)
def test_law_5_runs_and_clocks_do_not_depend_on_the_order_of_arrival(
    steps: list[Step], hours: float, random: object
) -> None:
    at, shuffled = START + hours * HOUR, list(steps)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = case_after(*steps), case_after(*shuffled)
    assert runs_at(one, at) == runs_at(other, at)
    assert clocks_at(one, at, POLICY) == clocks_at(other, at, POLICY)
    runs = runs_at(one, at)
    assert is_open(one, at) == bool(runs and runs[-1].is_open)
    assert all(run.end and run.start <= run.end for run in runs[:-1])


def test_a_complaint_resolved_twice_was_resolved_the_first_time() -> None:
    case = case_after(("opened", 1), ("resolved", 5), ("resolved", 30))
    (run,) = runs_at(case, inf)
    assert (hours_of(run.start), hours_of(run.end)) == (1, 5)


def test_reopened_after_a_year_a_new_resolution_clock_runs_and_the_old_one_stands() -> None:
    year = 365.0 * 24
    case = case_after(("opened", 1), ("resolved", 5), ("reopened", year))
    (clock,) = running_at(case, START + (year + 1) * HOUR, POLICY)
    assert clock.name == "resolution"
    assert (hours_of(clock.start), hours_of(clock.due_at)) == (year, year + 20)
    first = clocks_at(case, inf, POLICY)[:2]
    assert [hours_of(clock.stopped_at) for clock in first] == [5, 5]
    assert not any(clock.is_broken(inf) for clock in first)


def test_a_complaint_without_opening_has_a_clock_once_it_is_taken_up() -> None:
    assert clocks_at(case_after(("resolved", 3)), inf, POLICY) == []
    assert clocks_at(case_after(("responded", 3)), inf, POLICY) == []
    assert [
        hours_of(clock.due_at) for clock in running_at(case_after(("escalated", 3)), inf, POLICY)
    ] == [
        11,
        23,
    ]


@pytest.mark.parametrize(
    ("severity", "level", "due"),
    [(None, "", (8, 20)), (1, "", (16, 80)), (5, "", (2, 5)), (5, "top", (1, 2.5))],
)
def test_what_is_due_depends_on_severity_and_level(
    severity: int | None, level: str, due: tuple[float, float]
) -> None:
    state = new_state("ann")
    state.level = level
    apply_complaint(state, step("opened", 0, {"severity": severity}), START)
    clocks = running_at(state.complaints[0], START, POLICY)
    assert tuple(hours_of(clock.due_at) for clock in clocks) == due


def test_a_response_stops_the_first_clock_and_an_ending_both() -> None:
    case = case_after(("opened", 0), ("responded", 2), ("resolved", 30))
    response, resolution = clocks_at(case, inf, POLICY)
    assert (hours_of(response.stopped_at), hours_of(resolution.stopped_at)) == (2, 30)
    assert (response.is_broken(inf), resolution.is_broken(inf)) == (False, True)
    assert share_used(response, inf) == 0.25
    assert [clock.name for clock in running_at(case, START + 3 * HOUR, POLICY)] == ["resolution"]


def test_urgency_rises_from_one_to_the_policys_figure_and_beyond() -> None:
    assert [urgency(share, POLICY) for share in (0.0, 0.5, 1.0, 2.0)] == [1.0, 2.5, 4.0, 7.0]


def test_a_graver_word_lets_nothing_be_due_before_it_was_said() -> None:
    case = case_after(("opened", 0), ("escalated", 15, {"severity": 5}))
    assert [hours_of(found.at) for found in moments(case, POLICY)] == [15, 15, 15, 15]
    before = clocks_at(case, START + 14 * HOUR, POLICY)
    assert [hours_of(clock.due_at) for clock in before] == [8, 20]


def test_a_region_has_its_own_hours() -> None:
    policy = policy_of(calendar={"regions": {"gulf": {"zone": "Asia/Dubai"}}})
    monday = 20_003.0 * DAY  # 2024-10-07, 00:00 UTC
    assert moment(monday).strftime("%a") == "Mon"
    for region, due in (("gulf", 5), (None, 9)):
        state = new_state("ann")
        event = step("opened", 0, {"severity": 3, "region": region})
        apply_complaint(state, event, monday)
        (clock, _) = running_at(state.complaints[0], monday, policy)
        assert (clock.due_at - monday) / HOUR == due + 8


def test_many_statements_become_one_and_nothing_of_them_is_lost() -> None:
    said: list[tuple[str, float, dict[str, object]]] = [
        ("responded", float(n), {"compensation": 1.0, "severity": 1 + n % 5}) for n in range(40)
    ]
    case = case_after(("opened", 0, {"region": "north"}), *said)
    assert len(case.stated) == MAX_STATED
    assert sum(item.compensation for item in case.stated) == 40 * 10_000
    assert case.severity == 5


def care(hours: float, *steps: Given) -> object:
    return care_at([case_after(*steps)], START + hours * HOUR, POLICY)


def test_how_a_complaint_was_handled_is_seen_as_of_each_moment() -> None:
    steps: list[Given] = [
        ("opened", 0.0),
        ("responded", 4.0, {"compensation": 5.0}),
        ("resolved", 10.0),
    ]
    assert care_at([], START, POLICY) == NO_CARE
    opened = care_at([case_after(*steps)], START + 2 * HOUR, POLICY)
    assert (opened.clock, opened.breaches, opened.compensation) == (0.25, 0, 0)
    solved = care_at([case_after(*steps)], START + 12 * HOUR, POLICY)
    assert (solved.clock, solved.answer, solved.solved, solved.compensation) == (0, 0.5, 1, 5)
    faded = care_at([case_after(*steps)], START + (10 + 90 * 24) * HOUR, POLICY)
    assert (faded.solved, faded.compensation) == (0.5, 2.5)


def test_how_a_complaint_was_handled_counts_from_the_first_activity_on() -> None:
    """Without an activity nobody is scored, so nobody asks."""
    complained = complaint("c", "ann", on(0.4), "opened")
    assert facts_of([complained], day=3).care == NO_CARE
    bought = purchase("p", "ann", on(2))
    assert facts_of([complained, bought], day=1).care == NO_CARE
    assert facts_of([complained, bought], day=3).care != NO_CARE


def test_late_or_reopened_is_not_well_solved_and_broken_promises_are_counted() -> None:
    late = care_at([case_after(("opened", 0), ("resolved", 21))], START + 22 * HOUR, POLICY)
    assert (late.solved, late.breaches) == (-1, 2)
    again = case_after(("opened", 0), ("resolved", 2), ("reopened", 3))
    assert care_at([again], START + 4 * HOUR, POLICY).solved == -1
    overdue = care_at([case_after(("opened", 0))], START + 400 * HOUR, POLICY)
    assert overdue.clock == 4.0
    assert overdue.breaches == pytest.approx(2 * 0.5 ** (15 / 90), rel=0.02)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(STAGES),
            st.integers(1, 60).map(float),
            st.fixed_dictionaries(
                {
                    "severity": st.sampled_from([None, 1, 5]),
                    "compensation": st.sampled_from([None, 3.0]),
                    "region": st.sampled_from([None, "north"]),
                }
            ),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 70).map(float),
)
def test_law_2_later_steps_do_not_change_how_it_was_handled_before(
    steps: list[tuple[str, float, dict[str, object]]], hours: float
) -> None:
    early = [item for item in steps if item[1] <= hours]
    whole = care(hours, *steps)
    assert whole == (care(hours, *early) if early else NO_CARE)
