"""Folding (D14): an incident in force explains alerts; after it normal life goes on."""

from detectors.messages.envelope import moment
from detectors.policy import Policy
from schemas.churn_risk import ChurnRisk
from schemas.complaint_alert import ComplaintAlert
from schemas.situation import OpenIncident, Situation
from tests.detectors.builders import HOUR, Happening, brisk, complaint, on, purchase, records
from tests.laws.stage import Stage

INCIDENT = "incident-1"
CLOCK: dict[str, dict[str, object]] = {
    "calendar": {
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "opens": "00:00",
        "closes": "24:00",
    },
    "complaints": {
        "response": ["20h", "20h", "20h", "20h", "20h"],
        "resolution": ["90h", "90h", "90h", "90h", "90h"],
    },
}


def at(hours: float) -> float:
    return on(1) + hours * HOUR


def policy() -> Policy:
    return brisk(**CLOCK, alerts={"raise_at": 0.02, "clear_at": 0.01, "min_silence": "30d"})


def situation(hours: float, *, is_open: bool, product: str = "p-1") -> Situation:
    """What was known from so many hours on."""
    incident = OpenIncident(
        incident_id=INCIDENT, started_at=moment(at(-1)), product_id=product, channel="web"
    )
    return Situation(
        as_of=moment(at(hours)), version=f"s-{hours}", incidents=[incident] if is_open else []
    )


def told(
    happenings: list[Happening], situations: list[Situation], until: float = 0.0
) -> tuple[list[ComplaintAlert], list[ChurnRisk]]:
    stage = Stage(policy(), learns=False)
    stage.install(situations)
    stage.feed(records([purchase("p", "ann", on(0), 100.0), *happenings]))
    if until:
        stage.take(stage.processor.advance(at(until), at(until)))
    return stage.payloads("complaint-alerts"), stage.payloads("churn-risk")


def opened(hours: float = 0.0, product: str = "p-1") -> Happening:
    fields = {"product_id": product, "channel": "web", "severity": 2}
    return complaint("s1", "ann", at(hours), "opened", "case", **fields)


def test_a_complaint_that_an_open_incident_explains_is_folded() -> None:
    complaints, risks = told([opened()], [situation(-0.5, is_open=True)])
    assert [(a.stage, a.incident_id) for a in complaints] == [("folded", INCIDENT)]
    assert [(r.stage, r.incident_id) for r in risks] == [("folded", INCIDENT)]
    assert risks[0].closed_because == "an incident explains it"


def test_another_product_is_raised_as_ever() -> None:
    complaints, risks = told([opened(product="p-2")], [situation(-0.5, is_open=True)])
    assert [(a.stage, a.incident_id) for a in complaints] == [("raised", None)]
    assert [(r.stage, r.incident_id) for r in risks] == [("raised", None)]


def test_nothing_is_folded_before_the_incident_is_known() -> None:
    """Law 2: the situation holds from its `as_of` on."""
    complaints, _ = told([opened()], [situation(2.0, is_open=True)])
    assert [a.stage for a in complaints] == ["raised"]


def test_an_open_alert_is_folded_at_the_customers_next_step() -> None:
    later = purchase("p2", "ann", at(3), 10.0)
    complaints, _ = told([opened(), later], [situation(2.0, is_open=True)])
    assert [a.stage for a in complaints] == ["raised", "folded"]
    assert complaints[0].alert_id == complaints[1].alert_id
    assert complaints[1].occurred_at == moment(at(3))


def test_after_the_incident_the_clock_raises_the_complaint_again() -> None:
    situations = [situation(-0.5, is_open=True), situation(10, is_open=False)]
    again = complaint("s2", "ann", at(12), "escalated", "case")
    _, risks = told([opened(), again], situations)
    assert [r.stage for r in risks] == ["folded", "raised"]
    complaints, _ = told([opened()], situations, until=25)
    stages = [(a.stage, a.kind) for a in complaints]
    assert stages[0] == ("folded", "opened")
    assert ("raised", "approaching_breach") in stages
    assert stages[-1][1] == "breach"
    assert all(a.incident_id is None for a in complaints[1:])


def test_a_breach_during_the_incident_is_folded_too() -> None:
    complaints, _ = told([opened()], [situation(-0.5, is_open=True)], until=25)
    assert {a.stage for a in complaints} == {"folded"}
    assert complaints[-1].kind == "breach"


def test_the_end_of_a_folded_complaint_is_silent() -> None:
    resolved = complaint("s2", "ann", at(5), "resolved", "case")
    complaints, _ = told([opened(), resolved], [situation(-0.5, is_open=True)], until=40)
    assert [a.stage for a in complaints] == ["folded"]
