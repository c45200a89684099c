"""The demo's summary for a person: counts, quality, alerts, and whom to save."""

import io
from dataclasses import replace

from rich.console import Console

from schemas.model_snapshot import ModelSnapshot
from streams.cli.demo_report import print_next_steps, print_report
from streams.demo.summary import Events, Summary, count_alerts, worth_saving
from tests.streams.cli.examples import AT, churn_risk, customer, upgrade

ALERTS = [churn_risk(), churn_risk(alert_id="a-2", customer_id="x", band="critical"), upgrade()]
MODEL = ModelSnapshot(
    version="m-7",
    as_of=AT,
    target="silence",
    horizon_days=60.0,
    labels=7252,
    model={},
    metrics={"emitted": {"report": {"auc": 0.6801, "ece": 0.02, "log_loss": None}}},
)
SUMMARY = Summary(
    events=Events(produced=1000, applied=990, duplicate=7, late=2, dead_lettered=1),
    rows_skipped=0,
    customers=321,
    alerts=count_alerts(ALERTS),
    worth_saving=worth_saving([customer()]),
    models=(MODEL,),
    seconds=0.5,
)


def printed(summary: Summary) -> str:
    console = Console(file=io.StringIO(), width=120)
    print_report(console, summary)
    print_next_steps(console, summary)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_all_that_the_run_came_to_is_said() -> None:
    text = printed(SUMMARY)
    for said in (
        "1,000 = 990 applied + 7 duplicate + 2 late + 1 dead-lettered",
        "each of the 1,000 events sent ended as one of these",
        "321",
        "2,000 events/s (0.5 s in all)",
        "as given in the run",
        "7,252    0.680                0.020",
        "1,234 GBP",
        "no purchase for 41 days; usually every 12",
        "Where to look next",
    ):
        assert said in text


def test_law_4_counts_that_do_not_add_up_are_said_plainly() -> None:
    events = replace(SUMMARY.events, applied=989)
    assert "1,000 events were sent: they do not add up" in printed(replace(SUMMARY, events=events))


def test_a_run_without_alerts_or_labels_says_so() -> None:
    text = printed(replace(SUMMARY, alerts=(), worth_saving=(), models=()))
    assert text.count("  none\n") == 2
    assert "no prediction has matured yet" in text
