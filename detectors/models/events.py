"""What happened to the models, as payloads of the topic `model-events`."""

from datetime import UTC, datetime

from detectors.durations import DAY
from detectors.messages import digest
from detectors.models.drift import Drift
from schemas.fields import Target
from schemas.model_event import ModelEvent


def drift_event(drift: Drift, target: Target, horizon_days: float) -> ModelEvent:
    """The event for a drift that a watch of this target found, as of the end of its day."""
    return ModelEvent(
        event_id=digest("drift", target, horizon_days, drift.name, drift.day),
        target=target,
        horizon_days=horizon_days,
        occurred_at=datetime.fromtimestamp((drift.day + 1) * DAY, UTC),
        kind="drift",
        subject=drift.name,
        before=drift.before,
        after=drift.after,
        text=drift.text,
        evidence={
            "effect": drift.effect,
            "p_value": drift.p_value,
            "days": float(drift.day - drift.since + 1),
        },
    )
