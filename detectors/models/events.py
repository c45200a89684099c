"""What happened to the models, as payloads of the topic `model-events`."""

from collections.abc import Mapping
from datetime import UTC, datetime

from detectors.durations import DAY
from detectors.messages.envelope import digest
from detectors.models.contest import Switch
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


def switch_event(
    switch: Switch, losses: Mapping[str, float], target: Target, horizon_days: float
) -> ModelEvent:
    """The event for another model that speaks, as of the end of its day.

    `losses`: mean log loss of each model over the weeks that count (nats a label).
    """
    promoted = switch.reason in ("ready", "better")
    subject, other = (switch.new, switch.old) if promoted else (switch.old, switch.new)
    evidence = {"labels": float(switch.labels)}
    if switch.gain is not None:
        evidence["gain"] = switch.gain
    return ModelEvent(
        event_id=digest("switch", target, horizon_days, switch.old, switch.new, switch.day),
        target=target,
        horizon_days=horizon_days,
        occurred_at=datetime.fromtimestamp((switch.day + 1) * DAY, UTC),
        kind="promoted" if promoted else "demoted",
        subject=subject,
        other=other,
        before=losses.get(switch.old),
        after=losses.get(switch.new),
        text=_in_words(switch),
        evidence=evidence,
    )


def _in_words(switch: Switch) -> str:
    took_over = f"{switch.new} speaks from now on in place of {switch.old}"
    match switch.reason:
        case "not finite":
            return f"{took_over}, which said no number"
        case "worse than the rule":
            return f"{took_over}, which has lost to the rule for weeks"
        case _:
            return f"{took_over}: better by {switch.gain or 0.0:.4f} nats a label"
