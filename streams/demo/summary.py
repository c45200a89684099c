"""What a demo run came to: its counts, which must add up, and whom it is worth saving."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas.churn_risk import ChurnRisk
from schemas.complaint_alert import ComplaintAlert
from schemas.customer_state import CustomerState
from schemas.key_account_alert import KeyAccountAlert
from schemas.model_snapshot import ModelSnapshot
from schemas.upgrade_opportunity import UpgradeOpportunity
from streams.alerts import name_of

SHOWN = 10
"""How many customers most worth saving are named."""
AT_RISK = ("medium", "high", "critical")
"""Bands of the customers among whom the most valuable are sought."""


@dataclass(frozen=True, slots=True)
class Events:
    """Where the events ended; every event produced ends in exactly one of the other four."""

    produced: int
    applied: int
    duplicate: int
    late: int
    dead_lettered: int

    @property
    def read(self) -> int:
        """Events that the worker accounted for."""
        return self.applied + self.duplicate + self.late + self.dead_lettered

    @property
    def add_up(self) -> bool:
        """Whether the worker accounted for each event produced, once."""
        return self.read == self.produced


@dataclass(frozen=True, slots=True)
class AlertCount:
    """How many alert records of one kind, band (empty where it has none) and stage there were."""

    kind: str
    band: str
    stage: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole result of a demo run.

    `seconds`: from the first event sent to the last processed. `kept_at`: the options with which
    other commands find the topics, where they outlive the run.
    """

    events: Events
    rows_skipped: int
    customers: int
    alerts: tuple[AlertCount, ...]
    worth_saving: tuple[CustomerState, ...]
    models: tuple[ModelSnapshot, ...]
    seconds: float
    kept_at: str | None = None

    @property
    def events_per_second(self) -> float:
        """Events produced and processed per second of the run."""
        return self.events.read / self.seconds if self.seconds > 0 else 0.0

    def document(self) -> dict[str, Any]:
        """The summary for ``--json``: builtin types, dates and times left for the JSON writer."""
        events = self.events
        return {
            "events": {
                "produced": events.produced,
                "read": events.read,
                "applied": events.applied,
                "duplicate": events.duplicate,
                "late": events.late,
                "dead_lettered": events.dead_lettered,
                "add_up": events.add_up,
                "rows_skipped": self.rows_skipped,
            },
            "customers": self.customers,
            "kept_at": self.kept_at,
            "alerts": [
                {"kind": row.kind, "band": row.band, "stage": row.stage, "count": row.count}
                for row in self.alerts
            ],
            "worth_saving": [_risk(view) for view in self.worth_saving],
            "models": [_model(snapshot) for snapshot in self.models],
            "throughput": {
                "seconds": round(self.seconds, 3),
                "events_per_second": round(self.events_per_second, 1),
            },
        }


def count_alerts(alerts: Iterable[object]) -> tuple[AlertCount, ...]:
    """The alert records by kind, band and stage, sorted."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for alert in alerts:
        match alert:
            case ChurnRisk():
                counts[name_of(alert), alert.band, alert.stage] += 1
            case UpgradeOpportunity():
                counts["upgrade", "", alert.stage] += 1
            case ComplaintAlert():
                counts["complaint", "", alert.stage] += 1
            case KeyAccountAlert():
                counts["key account", "", alert.stage] += 1
    return tuple(AlertCount(*key, count) for key, count in sorted(counts.items()))


def worth_saving(views: Iterable[CustomerState], shown: int = SHOWN) -> tuple[CustomerState, ...]:
    """The customers with the largest expected loss: probability x value at stake, largest first.

    `views` are the latest of each customer. Only those at medium risk or above count: below, most
    of them stay anyway, and a large customer with a small risk is not in need of saving.
    """
    at_risk = [view for view in views if view.band in AT_RISK]
    ranked = sorted(at_risk, key=lambda view: (-expected_loss(view), view.customer_id))
    return tuple(ranked[:shown])


def expected_loss(view: CustomerState) -> float:
    """Margin of a year that is likely to be lost, currency units."""
    return (view.probability or 0.0) * view.value_at_stake


def reports_of(snapshot: ModelSnapshot) -> dict[str, dict[str, float | None]]:
    """The figures on matured predictions, by what was measured: emitted, and each model."""
    return {
        name: measured["report"]
        for name, measured in snapshot.metrics.items()
        if isinstance(measured, dict) and "report" in measured
    }


def _risk(view: CustomerState) -> dict[str, Any]:
    return {
        "customer_id": view.customer_id,
        "probability": view.probability,
        "band": view.band,
        "value_at_stake": view.value_at_stake,
        "expected_loss": round(expected_loss(view), 2),
        "currency": view.currency,
        "level": view.level,
        "basis": view.basis,
        "as_of": view.as_of,
        "reasons": [reason.text for reason in view.reasons],
    }


def _model(snapshot: ModelSnapshot) -> dict[str, Any]:
    return {
        "target": snapshot.target,
        "horizon_days": snapshot.horizon_days,
        "version": snapshot.version,
        "as_of": snapshot.as_of,
        "labels": snapshot.labels,
        "matured": reports_of(snapshot),
    }
