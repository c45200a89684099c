"""Events for tests: what happens to customers, and the records that tell of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from detectors.durations import DAY
from detectors.effects import Record
from detectors.policy import Policy, parse_policy
from schemas.codec import Decoded
from schemas.complaint import Complaint
from schemas.feedback import Feedback
from schemas.interaction import Interaction
from schemas.profile import Profile
from schemas.reject import Rejected, RejectReason

FIRST_DAY = 15_000
"""Day number of 2011-01-26, when the stories of the tests begin."""
START = float(FIRST_DAY * DAY)
HOUR = 3_600.0

Payload = Interaction | Complaint | Profile | Feedback


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, before it has a place on a topic; without a payload it cannot be decoded."""

    topic: str
    event_id: str
    at: float
    payload: Payload | None


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def on(day: float) -> float:
    """Epoch seconds of a moment `day` days after the beginning."""
    return START + day * DAY


def interaction(event_id: str, customer: str, at: float, kind: str, **fields: object) -> Happening:
    payload = Interaction(
        customer_id=customer,
        kind=kind,
        occurred_at=moment(at),
        event_id=event_id,
        **fields,  # type: ignore[arg-type]
    )
    return Happening("interactions", event_id, at, payload)


def purchase(event_id: str, customer: str, at: float, amount: float = 10.0) -> Happening:
    return interaction(event_id, customer, at, "purchase", amount=amount)


def complaint(
    event_id: str, customer: str, at: float, stage: str, case: str = "case", **fields: object
) -> Happening:
    payload = Complaint(
        complaint_id=case,
        customer_id=customer,
        stage=stage,  # type: ignore[arg-type]
        occurred_at=moment(at),
        event_id=event_id,
        **fields,  # type: ignore[arg-type]
    )
    return Happening("complaints", event_id, at, payload)


def profile(event_id: str, customer: str, at: float, **fields: object) -> Happening:
    payload = Profile(
        customer_id=customer,
        occurred_at=moment(at),
        event_id=event_id,
        **fields,  # type: ignore[arg-type]
    )
    return Happening("profiles", event_id, at, payload)


def feedback(event_id: str, customer: str, at: float, kind: str, **fields: object) -> Happening:
    payload = Feedback(
        customer_id=customer,
        occurred_at=moment(at),
        kind=kind,  # type: ignore[arg-type]
        event_id=event_id,
        **fields,  # type: ignore[arg-type]
    )
    return Happening("feedback", event_id, at, payload)


def rhythm(
    customer: str, first: float, every: float, times: int, amount: float = 10.0
) -> list[Happening]:
    """Purchases at equal distances; `first` and `every` in days."""
    return [
        purchase(f"{customer}-{number}", customer, on(first + number * every), amount)
        for number in range(times)
    ]


def record(event: Happening, offset: int, *, partition: int = 0) -> Record:
    """The event at an offset of its topic."""
    if event.payload is None:
        rejected = Rejected(RejectReason.INVALID_JSON, "not JSON")
        return Record(event.topic, partition, offset, event.at, b"?", b"{", rejected)
    decoded = Decoded(
        payload=event.payload, event_id=event.event_id, occurred_at=event.at, unknown_fields=0
    )
    key = event.payload.customer_id.encode()
    return Record(event.topic, partition, offset, event.at, key, b"{}", decoded)


def records(events: Iterable[Happening]) -> list[Record]:
    """The events in their order, each at the next offset of its topic."""
    offsets: Counter[str] = Counter()
    made = []
    for event in events:
        made.append(record(event, offsets[event.topic]))
        offsets[event.topic] += 1
    return made


def policy_of(**sections: Mapping[str, object]) -> Policy:
    """A policy as from a file: ``policy_of(churn={"horizon": "14d"})``."""
    return parse_policy(sections)


BRISK: dict[str, dict[str, object]] = {
    "churn": {"active_window": "40d", "horizon": "14d", "review_interval": "3d"},
    "model": {"min_labels": 20, "snapshot_interval": "3d"},
    "alerts": {
        "raise_at": 0.5,
        "clear_at": 0.4,
        "medium": 0.3,
        "high": 0.5,
        "critical": 0.7,
        "update_step": 0.03,
        "cool_down": "6d",
        "expire_after": "20d",
        "min_silence": "2d",
    },
    "value": {"window": "30d"},
    "upgrade": {
        "growth": 1,
        "reach": 10,
        "max_risk": 0.8,
        "cool_down": "5d",
        "expire_after": "10d",
    },
}
"""A policy under which much happens within a few weeks."""


def brisk(**sections: Mapping[str, object]) -> Policy:
    """The brisk policy with some keys changed."""
    return parse_policy(
        {name: {**BRISK.get(name, {}), **sections.get(name, {})} for name in {**BRISK, **sections}}
    )
