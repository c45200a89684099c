"""Law 7: with no event at all, the watermark alone does what is due; no timer is forgotten."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.deadlines import Deadlines
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.reviews import due_day
from tests.detectors.builders import Happening, brisk, on, records, rhythm
from tests.laws.stage import Stage, run
from tests.laws.stories import end_of, mixed

POLICY = brisk()
PUNCTUAL = brisk(time={"lateness": "0s"})


def due(stage: Stage) -> list[int]:
    """The due days of all customers, from the store alone."""
    days = [due_day(state, stage.policy) for state in stage.customers.values()]
    return [day for day in days if day]


@settings(max_examples=16)
@given(mixed(), st.sampled_from([POLICY, PUNCTUAL]), st.floats(0, 60))
def test_no_deadline_up_to_the_watermark_remains_at_the_end_of_a_run(
    events: list[Happening], policy: Policy, days: float
) -> None:
    stage = run(records(events), policy, until=end_of(events, days))
    assert stage.processor.watermark == end_of(events, days)
    last_day = int(stage.processor.watermark // DAY) - 1
    assert all(day > last_day for day in due(stage))


@settings(max_examples=10)
@given(mixed())
def test_every_prediction_is_labelled_once_time_has_passed(events: list[Happening]) -> None:
    stage = run(records(events), POLICY, until=end_of(events, days=120))
    assert not due(stage)
    assert all(not state.waiting for state in stage.customers.values())
    assert all(not state.review_day for state in stage.customers.values())


@settings(max_examples=15)
@given(mixed(), st.lists(st.floats(0, 50), max_size=12))
def test_it_does_not_matter_in_which_steps_time_passes(
    events: list[Happening], steps: list[float]
) -> None:
    at_once = run(records(events), POLICY, learns=False, until=end_of(events, 50))
    slowly = run(at_once.heard, POLICY, learns=False)
    for days in steps:
        slowly.finish(end_of(events, days))
    slowly.finish(end_of(events, 50))
    assert slowly.messages == at_once.messages
    assert slowly.store == at_once.store


def test_silence_alone_raises_the_alert() -> None:
    stage = run(records(rhythm("ann", 0, 2, 12)), POLICY)
    assert not stage.payloads("churn-risk")
    stage.finish(on(45))
    (raised,) = [risk for risk in stage.payloads("churn-risk") if risk.stage == "raised"]
    assert raised.customer_id == "ann"
    assert raised.evidence == ["ann-9", "ann-10", "ann-11"]


def test_the_alert_of_a_customer_who_has_gone_ends_by_itself() -> None:
    stage = run(records(rhythm("ann", 0, 2, 12)), POLICY, until=on(100))
    assert [risk.stage for risk in stage.payloads("churn-risk")][-1] == "expired"


def test_a_watermark_that_goes_back_does_nothing() -> None:
    stage = run(records(rhythm("ann", 0, 2, 12)), POLICY, until=on(60))
    before = len(stage.messages)
    stage.finish(on(30))
    assert stage.processor.watermark == on(60)
    assert len(stage.messages) == before


@pytest.mark.parametrize("restarted", [False, True])
def test_a_deadline_survives_a_restart(restarted: bool) -> None:
    stage = run(records(rhythm("ann", 0, 2, 12)), POLICY)
    if restarted:
        stage.restart()
    stage.finish(on(45))
    assert next(risk.stage for risk in stage.payloads("churn-risk")) == "raised"


def test_an_empty_calendar_has_nothing_due() -> None:
    assert Deadlines().take(10**6, 1) is None
