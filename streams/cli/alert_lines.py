"""An alert of any topic as one line for a person: `watch`, `customer` and `demo` show these."""

from dataclasses import dataclass
from datetime import datetime

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from schemas.churn_risk import ChurnRisk
from schemas.complaint_alert import ComplaintAlert
from schemas.incident import Incident
from schemas.key_account_alert import KeyAccountAlert
from schemas.upgrade_opportunity import UpgradeOpportunity
from streams.alerts import Alert, name_of

BAND_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "green"}
COLUMNS: tuple[tuple[str, JustifyMethod, int], ...] = (
    ("time (UTC)", "left", 16),
    ("customer", "left", 8),
    ("alert", "left", 9),
    ("stage", "left", 8),
    ("urgency", "left", 10),
    ("risk", "right", 4),
    ("a year", "right", 11),
    ("why", "left", 20),
)
"""Heading, alignment and least width; the last column takes the rest of the line."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """What a person needs at a glance. `urgency` is a band or a kind of complaint alert."""

    time: datetime
    customer: str
    alert: str
    stage: str
    urgency: str
    probability: float | None
    value: float | None
    currency: str | None
    why: str

    def cells(self) -> tuple[Text, ...]:
        """One cell a column of `COLUMNS`."""
        style = BAND_STYLES.get(self.urgency, "")
        return (
            Text(f"{self.time:%Y-%m-%d %H:%M}", style="dim"),
            Text(self.customer, style="bold"),
            Text(self.alert),
            Text(self.stage),
            Text(self.urgency, style=style),
            Text("" if self.probability is None else f"{self.probability:.0%}", style=style),
            Text(money(self.value, self.currency)),
            Text(self.why),
        )

    def plain(self) -> str:
        """The line as text, for an output that is no terminal."""
        risk = "" if self.probability is None else f" {self.probability:.0%}"
        stake = f" {money(self.value, self.currency)} a year" if self.value is not None else ""
        urgency = f" {self.urgency}" if self.urgency else ""
        why = f": {self.why}" if self.why else ""
        return (
            f"{self.time:%Y-%m-%d %H:%M} {self.customer} {self.alert} {self.stage}"
            f"{urgency}{risk}{stake}{why}"
        )


def alert_line(alert: Alert) -> AlertLine:
    """The line of `alert`."""
    match alert:
        case ChurnRisk():
            return _churn(alert)
        case UpgradeOpportunity():
            return _upgrade(alert)
        case ComplaintAlert():
            return _complaint(alert)
        case KeyAccountAlert():
            return _key_account(alert)
        case Incident():
            return _incident(alert)


def alert_table(title: str | None = None) -> Table:
    """An empty table with the columns of `AlertLine.cells`."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 1, 0, 0),
        expand=True,
        header_style="dim",
    )
    for name, justify, width in COLUMNS:
        table.add_column(
            name,
            justify=justify,
            min_width=width,
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if name == "why" else None,
        )
    return table


def money(amount: float | None, currency: str | None) -> str:
    """An amount without cents, like ``1,234 GBP``; empty when it is not known."""
    if amount is None:
        return ""
    return f"{amount:,.0f} {currency}" if currency else f"{amount:,.0f}"


def _churn(alert: ChurnRisk) -> AlertLine:
    return AlertLine(
        time=alert.occurred_at,
        customer=alert.customer_id,
        alert=name_of(alert),
        stage=alert.stage,
        urgency=alert.band,
        probability=alert.probability,
        value=alert.value_at_stake,
        currency=alert.currency,
        why=_why(alert),
    )


def _upgrade(alert: UpgradeOpportunity) -> AlertLine:
    goal = f"to {alert.target_level}" if alert.target_level else ""
    return AlertLine(
        time=alert.occurred_at,
        customer=alert.customer_id,
        alert="upgrade",
        stage=alert.stage,
        urgency=goal,
        probability=alert.score,
        value=None,
        currency=alert.currency,
        why=_why(alert),
    )


def _complaint(alert: ComplaintAlert) -> AlertLine:
    return AlertLine(
        time=alert.occurred_at,
        customer=alert.customer_id,
        alert="complaint",
        stage=alert.stage,
        urgency=alert.kind.replace("_", " "),
        probability=None,
        value=alert.value_at_stake,
        currency=alert.currency,
        why="; ".join(reason.text for reason in alert.reasons[:2]),
    )


def _key_account(alert: KeyAccountAlert) -> AlertLine:
    return AlertLine(
        time=alert.occurred_at,
        customer=alert.customer_id,
        alert="key account",
        stage=alert.stage,
        urgency=alert.level or "",
        probability=None,
        value=alert.value_at_stake,
        currency=alert.currency,
        why=alert.closed_because or "; ".join(reason.text for reason in alert.reasons),
    )


def about_of(incident: Incident) -> str:
    """What an incident is about, like ``22423, web``."""
    parts = (
        incident.product_id,
        incident.category,
        incident.cause,
        incident.channel,
        incident.region,
    )
    return ", ".join(part for part in parts if part)


def _incident(alert: Incident) -> AlertLine:
    return AlertLine(
        time=alert.occurred_at,
        customer=f"{alert.customers} customers",
        alert="incident",
        stage=alert.stage,
        urgency="",
        probability=None,
        value=alert.value_at_stake,
        currency=alert.currency,
        why=f"{about_of(alert)}: {alert.observed} complaints, {alert.expected:.1f} expected",
    )


def _why(alert: ChurnRisk | UpgradeOpportunity) -> str:
    if alert.closed_because:
        return alert.closed_because
    if not isinstance(alert, ChurnRisk):
        return "; ".join(reason.text for reason in alert.reasons[:2])
    # A staff alert is raised for its first reason, whatever that does to the probability.
    about = alert.reasons[:1] if alert.kind == "staff-turnover" else []
    raising = [r.text for r in alert.reasons if r.contribution > 0 or r in about]
    return "; ".join((raising or [reason.text for reason in alert.reasons])[:2])
