"""The alerts as others read them: which topics carry them, and how a record becomes one."""

from typing import TypeAlias

from schemas.churn_risk import ChurnRisk
from schemas.codec import SchemaError, decode_output
from schemas.complaint_alert import ComplaintAlert
from schemas.incident import Incident
from schemas.key_account_alert import KeyAccountAlert
from schemas.upgrade_opportunity import UpgradeOpportunity
from streams.errors import ChurnstreamError
from streams.kafka.reading import Item

Alert: TypeAlias = ChurnRisk | UpgradeOpportunity | ComplaintAlert | KeyAccountAlert | Incident

ALERT_TOPICS = (
    "churn-risk",
    "upgrade-opportunity",
    "complaint-alerts",
    "key-account-alerts",
    "incidents",
)
"""The logical topics that carry alerts."""


class NoAlertError(ChurnstreamError):
    """A record on an alert topic is not one of ours: another program wrote there."""


def name_of(alert: ChurnRisk) -> str:
    """What the alert is called: what is predicted, or `staff` if the manager left (D15)."""
    return "staff" if alert.kind == "staff-turnover" else alert.target


def alert_of(item: Item) -> Alert:
    """The alert in `item`; raises `NoAlertError` with its place if it is none."""
    place = f"{item.topic}/{item.partition}/{item.offset}"
    try:
        payload = decode_output(item.topic, item.value or b"")
    except SchemaError as error:
        raise NoAlertError(f"{place} is no alert: {error}") from None
    if not isinstance(payload, Alert):
        raise NoAlertError(f"{place} is no alert but a {type(payload).__name__}")
    return payload
