"""What the second act came to: counted by what the alerts are about."""

import orjson

from streams.alerts import Alert
from streams.demo.sensed import summed_up
from streams.demo.summary import Events
from tests.streams.cli.examples import churn_risk, complaint, incident

EVENTS = Events(produced=9, applied=8, duplicate=1, late=0, dead_lettered=0)


def test_alerts_are_counted_by_what_they_are_about() -> None:
    alerts: list[Alert] = [
        complaint(kind="breach"),
        complaint(kind="opened"),
        complaint(kind="opened"),
        churn_risk(kind="staff-turnover", cause="staff_turnover"),
        churn_risk(kind="staff-turnover", cause="staff_turnover", stage="resolved"),
        churn_risk(cause="staff_turnover"),
    ]
    found = summed_up(alerts, EVENTS, 2.0)
    assert found.complaints == (("opened", 2), ("breach", 1))
    assert found.staff == (("raised", 1), ("resolved", 1))
    assert found.incidents == ()


def test_an_incident_counts_once_with_its_last_word() -> None:
    first, last = incident(observed=9), incident(observed=40, stage="closed")
    found = summed_up([first, last], EVENTS, 2.0)
    (told,) = found.incidents
    assert told.observed == 40
    document = orjson.loads(orjson.dumps(found.document()))
    assert document["incidents"][0]["observed"] == 40
    assert document["events"] == {"produced": 9, "add_up": True}
