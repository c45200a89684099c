"""Alerts to show and to count, as tests of the commands need them."""

from datetime import UTC, datetime
from typing import Any

from schemas.churn_risk import ChurnRisk
from schemas.complaint_alert import ComplaintAlert
from schemas.customer_state import CustomerState
from schemas.incident import Incident
from schemas.key_account_alert import KeyAccountAlert
from schemas.reasons import Reason
from schemas.upgrade_opportunity import UpgradeOpportunity

AT = datetime(2011, 6, 1, 12, 30, tzinfo=UTC)


def reason(text: str, contribution: float = 1.0) -> Reason:
    return Reason(feature="recency", contribution=contribution, value=41.0, text=text)


def churn_risk(**changed: Any) -> ChurnRisk:
    """A churn alert; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "alert_id": "a-1",
        "customer_id": "17841",
        "stage": "raised",
        "occurred_at": AT,
        "target": "silence",
        "horizon_days": 60.0,
        "probability": 0.725,
        "band": "high",
        "value_at_stake": 1234.5,
        "currency": "GBP",
        "reasons": [reason("no purchase for 41 days; usually every 12")],
        "model_version": "m-7",
        "basis": "model",
        "confidence": 0.8,
    }
    return ChurnRisk(**(fields | changed))


def customer(**changed: Any) -> CustomerState:
    """A customer at high risk; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "customer_id": "17841",
        "as_of": AT,
        "first_seen": AT,
        "occasions": 7,
        "spend_window": 1000.0,
        "value_at_stake": 1234.5,
        "currency": "GBP",
        "level": "medium",
        "probability": 0.725,
        "band": "high",
        "basis": "model",
        "reasons": [reason("no purchase for 41 days; usually every 12")],
    }
    return CustomerState(**(fields | changed))


def upgrade(**changed: Any) -> UpgradeOpportunity:
    """An upgrade opportunity; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "opportunity_id": "u-1",
        "customer_id": "17841",
        "stage": "raised",
        "occurred_at": AT,
        "target_level": "large",
        "basis": "prior",
        "model_version": "prior",
        "confidence": 0.5,
    }
    return UpgradeOpportunity(**(fields | changed))


def complaint(**changed: Any) -> ComplaintAlert:
    """A complaint alert; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "alert_id": "c-1",
        "customer_id": "17841",
        "complaint_id": "k-1",
        "stage": "raised",
        "occurred_at": AT,
        "kind": "approaching_breach",
    }
    return ComplaintAlert(**(fields | changed))


def key_account(**changed: Any) -> KeyAccountAlert:
    """An alert that a key account has not heard from us; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "alert_id": "k-1",
        "customer_id": "17841",
        "stage": "raised",
        "occurred_at": AT,
        "silent_days": 40,
        "allowed_days": 30,
    }
    return KeyAccountAlert(**(fields | changed))


def incident(**changed: Any) -> Incident:
    """An incident; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "incident_id": "i-1",
        "stage": "opened",
        "occurred_at": AT,
        "started_at": AT,
        "product_id": "22423",
        "observed": 12,
        "expected": 1.5,
        "p_value": 0.0001,
        "customers": 9,
    }
    return Incident(**(fields | changed))
