"""The summary of a demo run: counts that add up, and the right customers at the top."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.model_snapshot import ModelSnapshot
from streams.demo.summary import AlertCount, Events, Summary, count_alerts, worth_saving
from tests.streams.cli.examples import AT, churn_risk, complaint, customer, key_account, upgrade

EVENTS = Events(produced=10, applied=6, duplicate=2, late=1, dead_lettered=1)


def test_law_4_events_add_up_when_each_ended_once() -> None:
    assert EVENTS.read == 10
    assert EVENTS.add_up


@pytest.mark.parametrize("difference", [-1, 1])
def test_law_4_one_event_too_many_or_too_few_is_noticed(difference: int) -> None:
    assert not replace(EVENTS, applied=6 + difference).add_up


def test_alerts_are_counted_by_kind_band_and_stage() -> None:
    alerts = [
        *(churn_risk(), churn_risk(), churn_risk(band="critical")),
        churn_risk(kind="staff-turnover", cause="staff_turnover"),
        *(upgrade(), complaint(), key_account(stage="resolved")),
    ]
    assert count_alerts(alerts) == (
        AlertCount("complaint", "", "raised", 1),
        AlertCount("key account", "", "resolved", 1),
        AlertCount("silence", "critical", "raised", 1),
        AlertCount("silence", "high", "raised", 2),
        AlertCount("staff", "high", "raised", 1),
        AlertCount("upgrade", "", "raised", 1),
    )


def test_who_is_likely_to_stay_is_not_in_need_of_saving() -> None:
    safe = customer(customer_id="safe", value_at_stake=9000.0, probability=0.2, band="low")
    (worth,) = worth_saving([safe, customer()])
    assert worth.customer_id == "17841"


@given(st.lists(st.tuples(st.floats(0.5, 1), st.floats(0, 1e6)), max_size=40))
def test_the_largest_expected_loss_comes_first(stakes: list[tuple[float, float]]) -> None:
    views = [
        customer(customer_id=f"c{n:02}", probability=p, value_at_stake=value)
        for n, (p, value) in enumerate(stakes)
    ]
    expected = sorted(range(len(stakes)), key=lambda n: (-stakes[n][0] * stakes[n][1], n))[:4]
    found = worth_saving(views, shown=4)
    assert [view.customer_id for view in found] == [f"c{n:02}" for n in expected]


def test_the_summary_is_one_json_document() -> None:
    model = ModelSnapshot(
        version="m-7",
        as_of=AT,
        target="silence",
        horizon_days=60.0,
        labels=500,
        model={"weights": [1.0]},
        metrics={"emitted": {"report": {"auc": 0.71, "ece": 0.03}, "state": {"bins": [1, 2]}}},
    )
    summary = Summary(
        events=EVENTS,
        rows_skipped=3,
        customers=4,
        alerts=count_alerts([churn_risk()]),
        worth_saving=(customer(),),
        models=(model,),
        seconds=2.0,
    )
    document = orjson.loads(orjson.dumps(summary.document()))
    assert document["events"]["add_up"] is True
    assert document["throughput"] == {"seconds": 2.0, "events_per_second": 5.0}
    assert document["worth_saving"][0]["reasons"] == ["no purchase for 41 days; usually every 12"]
    assert document["models"][0]["matured"] == {"emitted": {"auc": 0.71, "ece": 0.03}}
    assert "weights" not in str(document), "the model itself is no part of a summary"
