"""What an event of one customer tells about the whole."""

from detectors.durations import HOUR
from detectors.effects import Message, Record
from detectors.messages.envelope import message, moment
from schemas.interaction import Interaction
from schemas.signal import Signal

CLOCK = "clock"
"""Stands for the source of what no record has caused."""


def signal(told: Signal) -> Message:
    """One signal. All signals of a partition have one key, so that their order stays."""
    at = told.occurred_at.timestamp()
    place = f"{told.topic}/{told.partition}/{told.offset}"
    return message(
        "signals", told, key=str(told.partition), id=f"signal-{told.kind}-{place}", at=at
    )


def staff_signal(record: Record, event: Interaction, event_id: str) -> Message:
    """An employee left, or is back."""
    return signal(
        Signal(
            kind=event.kind,  # type: ignore[arg-type]
            occurred_at=event.occurred_at,
            partition=record.partition,
            topic=record.topic,
            offset=record.offset,
            customer_id=event.customer_id,
            employee_id=event.employee_id,
            event_id=event_id,
        )
    )


def hour_signal(partition: int, hour: int) -> Message:
    """The event time of a partition has passed the full hour `hour` (since 1970)."""
    at = moment(float(hour * HOUR))
    return signal(
        Signal(kind="hour", occurred_at=at, partition=partition, topic=CLOCK, offset=hour)
    )
