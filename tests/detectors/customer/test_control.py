"""The control group is fixed by the id, of the share that is asked for, and gets no alert."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.control import in_control_group
from detectors.customer.grid import next_review
from detectors.policy import Policy
from schemas.training_example import TrainingExample
from tests.detectors.builders import brisk, on, records, rhythm
from tests.laws.stage import Stage, run

IDS = [f"c{number}" for number in range(5_000)]


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 1.0])
def test_the_group_is_of_the_share_that_is_asked_for(share: float) -> None:
    found = sum(in_control_group(customer, share) for customer in IDS) / len(IDS)
    assert found == pytest.approx(share, abs=0.02)


@given(st.text(max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_group_contains_the_smaller_one(customer: str, one: float, other: float) -> None:
    if in_control_group(customer, min(one, other)):
        assert in_control_group(customer, max(one, other))


def test_the_group_has_nothing_to_do_with_the_review_day() -> None:
    for weekday in range(7):
        on_it = [customer for customer in IDS if next_review(customer, 0, 7) == weekday + 1]
        share = sum(in_control_group(customer, 0.3) for customer in on_it) / len(on_it)
        assert share == pytest.approx(0.3, abs=0.06)


def stage_with(share: float) -> Stage:
    alerts = {"control_share": share} if share else {}
    policy: Policy = brisk(alerts=alerts)
    events = [event for n in range(30) for event in rhythm(f"c{n}", n / 30, 3, 8)]
    return run(records(sorted(events, key=lambda event: event.at)), policy, until=on(60))


def test_no_alert_is_raised_for_it_and_its_examples_say_so() -> None:
    without, with_group = stage_with(0.0), stage_with(0.5)
    group = {f"c{n}" for n in range(30) if in_control_group(f"c{n}", 0.5)}
    assert {risk.customer_id for risk in without.payloads("churn-risk")} >= group
    assert not {risk.customer_id for risk in with_group.payloads("churn-risk")} & group
    assert with_group.payloads("churn-risk"), "the others are told of as before"
    examples: list[TrainingExample] = with_group.payloads("training-examples")
    assert {item.customer_id for item in examples if item.context["control"]} == group
    assert {view.customer_id for view in with_group.payloads("customer-state")} >= group
