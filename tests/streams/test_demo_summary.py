"""The summary of a demo run: counts that add up, and the right customers at the top."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.model_snapshot import ModelSnapshot
from streams.demo_summary import AlertCount, Events, Summary, count_alerts, worth_saving
from tests.streams.cli.examples import AT, churn_risk, complaint, upgrade

EVENTS = Events(produced=10, applied=6, duplicate=2, late=1, dead_lettered=1)


def test_law_4_events_add_up_when_each_ended_once() -> None:
    assert EVENTS.read == 10
    assert EVENTS.add_up


@pytest.mark.parametrize("difference", [-1, 1])
def test_law_4_one_event_too_many_or_too_few_is_noticed(difference: int) -> None:
    assert not replace(EVENTS, applied=6 + difference).add_up


def test_alerts_are_counted_by_kind_band_and_stage() -> None:
    alerts = [churn_risk(), churn_risk(), churn_risk(band="critical"), upgrade(), complaint()]
    assert count_alerts(alerts) == (
        AlertCount("complaint", "", "raised", 1),
        AlertCount("silence", "critical", "raised", 1),
        AlertCount("silence", "high", "raised", 2),
        AlertCount("upgrade", "", "raised", 1),
    )


def test_only_open_alerts_are_worth_saving_and_the_latest_record_counts() -> None:
    alerts = [
        churn_risk(alert_id="a", customer_id="back", value_at_stake=900.0),
        churn_risk(alert_id="b", customer_id="silent", value_at_stake=100.0),
        churn_risk(alert_id="b", customer_id="silent", value_at_stake=300.0, stage="updated"),
        churn_risk(alert_id="a", customer_id="back", value_at_stake=900.0, stage="resolved"),
    ]
    (worth,) = worth_saving(alerts)
    assert (worth.customer_id, worth.value_at_stake) == ("silent", 300.0)


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1e6)), max_size=40))
def test_the_worthiest_come_first_each_customer_once(stakes: list[tuple[int, float]]) -> None:
    alerts = [
        churn_risk(alert_id=f"a{n}", customer_id=f"c{who}", value_at_stake=value)
        for n, (who, value) in enumerate(stakes)
    ]
    best = {f"c{who}": max(v for w, v in stakes if w == who) for who, _ in stakes}
    expected = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:4]
    found = worth_saving(alerts, shown=4)
    assert [(alert.customer_id, alert.value_at_stake) for alert in found] == expected


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
        worth_saving=(churn_risk(),),
        models=(model,),
        seconds=2.0,
    )
    document = orjson.loads(orjson.dumps(summary.document()))
    assert document["events"]["add_up"] is True
    assert document["throughput"] == {"seconds": 2.0, "events_per_second": 5.0}
    assert document["worth_saving"][0]["reasons"] == ["no purchase for 41 days; usually every 12"]
    assert document["models"][0]["matured"] == {"emitted": {"auc": 0.71, "ece": 0.03}}
    assert "weights" not in str(document), "the model itself is no part of a summary"
