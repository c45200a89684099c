"""One line for each kind of alert: what a person needs at a glance, and nothing invented."""

import io

import pytest
from rich.console import Console

from schemas.churn_risk import ChurnRisk
from streams.cli.alert_lines import COLUMNS, alert_line, alert_table, money
from tests.streams.cli.examples import churn_risk, complaint, incident, key_account, reason, upgrade


def test_a_churn_alert_says_who_how_likely_how_much_and_why() -> None:
    assert alert_line(churn_risk()).plain() == (
        "2011-06-01 12:30 17841 silence raised high 72% 1,234 GBP a year: "
        "no purchase for 41 days; usually every 12"
    )


def test_only_what_raises_the_risk_is_given_as_its_why() -> None:
    alert = churn_risk(reasons=[reason("long a customer", -0.9), reason("silent", 0.4)])
    assert alert_line(alert).why == "silent"


def test_a_staff_alert_says_first_that_the_manager_left() -> None:
    reasons = [reason("the manager left", -0.1), reason("long a customer", -0.9), reason("silent")]
    line = alert_line(churn_risk(kind="staff-turnover", reasons=reasons))
    assert (line.alert, line.why) == ("staff", "the manager left; silent")


def test_a_closed_alert_says_why_it_was_closed() -> None:
    alert = churn_risk(stage="resolved", closed_because="bought again")
    assert alert_line(alert).why == "bought again"


def test_an_upgrade_names_its_goal() -> None:
    assert alert_line(upgrade()).urgency == "to large"


def test_a_complaint_says_what_happened_to_it() -> None:
    assert alert_line(complaint()).urgency == "approaching breach"


def test_an_incident_counts_its_customers_and_complaints() -> None:
    line = alert_line(incident())
    assert (line.customer, line.why) == ("9 customers", "22423: 12 complaints, 1.5 expected")


@pytest.mark.parametrize(
    "alert", [churn_risk(), upgrade(), complaint(), key_account(), incident()], ids=type
)
def test_every_line_fits_the_table(alert: ChurnRisk) -> None:
    assert len(alert_line(alert).cells()) == len(COLUMNS) == len(alert_table().columns)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(1234.56, "GBP", "1,235 GBP"), (0.0, None, "0"), (None, "GBP", "")],
)
def test_money_has_no_cents_and_no_invented_currency(
    amount: float | None, currency: str | None, shown: str
) -> None:
    assert money(amount, currency) == shown


def test_long_reasons_leave_the_other_columns_readable() -> None:
    console = Console(file=io.StringIO(), width=100)
    table = alert_table("title")
    table.add_row(*alert_line(churn_risk(reasons=[reason("silent " * 50)])).cells())
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    row = console.file.getvalue().splitlines()[2].rstrip()
    assert row.startswith(
        "2011-06-01 12:30 17841    silence   raised   high        72%   1,234 GBP"
    )
    assert row.endswith("…")
