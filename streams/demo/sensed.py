"""What the second act of the demo came to: complaints, breaches, incidents, staff."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas.churn_risk import ChurnRisk
from schemas.complaint_alert import KINDS, ComplaintAlert
from schemas.incident import Incident
from streams.alerts import ALERT_TOPICS, Alert, alert_of
from streams.demo.summary import Events
from streams.kafka.reading import TopicReader
from streams.settings import Settings

ENDED = ("resolved", "expired", "folded")
"""Stages in which an alert is over."""


@dataclass(frozen=True, slots=True)
class Sensed:
    """The result of the second act; `seconds` from the first event sent to the last processed."""

    events: Events
    complaints: tuple[tuple[str, int], ...]
    """Complaint alerts by kind, in the order of a complaint's life."""
    incidents: tuple[Incident, ...]
    """The last word on each incident, in order of their beginning."""
    staff: tuple[tuple[str, int], ...]
    """Alerts about customers whose manager left, by stage."""
    seconds: float

    def document(self) -> dict[str, Any]:
        """For ``--json``: builtin types, times left for the JSON writer."""
        return {
            "events": {"produced": self.events.produced, "add_up": self.events.add_up},
            "complaint_alerts": dict(self.complaints),
            "incidents": [
                {
                    "product_id": incident.product_id,
                    "cause": incident.cause,
                    "started_at": incident.started_at,
                    "ended_at": incident.ended_at,
                    "observed": incident.observed,
                    "expected": round(incident.expected, 2),
                    "customers": incident.customers,
                }
                for incident in self.incidents
            ],
            "staff_alerts": dict(self.staff),
            "seconds": round(self.seconds, 3),
        }


def sensed(settings: Settings, events: Events, seconds: float) -> Sensed:
    """Read what was sent to the alert topics, and sum it up."""
    alerts: list[Alert] = []
    with TopicReader(settings) as reader:
        reader.assign({topic: reader.partitions(topic) for topic in ALERT_TOPICS}, from_start=True)
        for items, _ in reader.until_end():
            alerts += [alert_of(item) for item in items]
    return summed_up(alerts, events, seconds)


def summed_up(alerts: Iterable[Alert], events: Events, seconds: float) -> Sensed:
    """The alerts of an act by what they are about."""
    complaints: Counter[str] = Counter()
    staff: Counter[str] = Counter()
    incidents: dict[str, Incident] = {}
    for alert in alerts:
        match alert:
            case ComplaintAlert():
                complaints[alert.kind] += 1
            case Incident():
                incidents[alert.incident_id] = alert
            case ChurnRisk() if is_about_staff(alert):
                staff[alert.stage] += 1
    return Sensed(
        events=events,
        complaints=tuple((kind, complaints[kind]) for kind in KINDS if complaints[kind]),
        incidents=tuple(sorted(incidents.values(), key=lambda incident: incident.started_at)),
        staff=tuple((stage, staff[stage]) for stage in ("raised", *ENDED) if staff[stage]),
        seconds=seconds,
    )


def is_about_staff(alert: ChurnRisk) -> bool:
    """Whether it is about a customer whose account manager left (D15)."""
    return alert.kind == "staff-turnover"
