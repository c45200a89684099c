"""What a replay came to, as one JSON document that is equal for equal input."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from detectors.effects import OUTCOMES, Message, Output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from streams.sources.source import Source


@dataclass(slots=True)
class Tally:
    """The counts of a replay, growing while it goes on."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    alerts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    unknown_kinds: int = 0
    unknown_fields: int = 0
    reviews: int = 0
    examples: int = 0
    read: int = 0
    """Events given to the processor."""
    first: float | None = None
    last: float | None = None
    """Event times of the first and the last event that the codec let through."""
    models: dict[str, ModelSnapshot] = field(default_factory=dict)
    portfolio: Portfolio | None = None

    def add(self, output: Output) -> None:
        """Count what a call of the processor did."""
        self.counts += output.counts
        self.rejects += output.rejects
        self.alerts += output.alerts
        self.unknown_kinds += output.unknown_kinds
        self.unknown_fields += output.unknown_fields
        self.reviews += output.reviews
        self.examples += output.examples

    def written(self, messages: Sequence[Message]) -> None:
        """Count messages by topic."""
        for message in messages:
            self.messages[message.topic] += 1

    def document(self, sources: Sequence[Source], customers: int) -> dict[str, Any]:
        """The whole summary. How long it took is not in it: that differs from run to run."""
        outcomes = dict.fromkeys(OUTCOMES, 0)
        by_topic: dict[str, dict[str, int]] = {}
        for (topic, outcome), count in sorted(self.counts.items()):
            by_topic.setdefault(topic, dict.fromkeys(OUTCOMES, 0))[outcome] += count
            outcomes[outcome] += count
        return {
            "sources": [{"file": s.path.name, **s.counts.document()} for s in sources],
            "events": {
                "read": self.read,
                **outcomes,
                "add_up": self.read == sum(outcomes.values()),
                "by_topic": by_topic,
                "first": _time(self.first),
                "last": _time(self.last),
                "unknown_kinds": self.unknown_kinds,
                "unknown_fields": self.unknown_fields,
            },
            "rejects": {str(reason): count for reason, count in sorted(self.rejects.items())},
            "customers": customers,
            "reviews": self.reviews,
            "examples": self.examples,
            "alerts": [
                {"kind": kind, "band": band, "stage": stage, "count": count}
                for (kind, band, stage), count in sorted(self.alerts.items())
            ],
            "models": [_model(snapshot) for _, snapshot in sorted(self.models.items())],
            "portfolio": None if self.portfolio is None else _portfolio(self.portfolio),
            "messages": dict(sorted(self.messages.items())),
        }


def _model(snapshot: ModelSnapshot) -> dict[str, Any]:
    return {
        "target": snapshot.target,
        "version": snapshot.version,
        "as_of": snapshot.as_of.isoformat(),
        "horizon_days": snapshot.horizon_days,
        "labels": snapshot.labels,
        "positives": snapshot.positives,
        "ready": snapshot.ready,
        "metrics": {
            name: measured.get("report") for name, measured in sorted(snapshot.metrics.items())
        },
    }


def _portfolio(portfolio: Portfolio) -> dict[str, Any]:
    return {
        "as_of": portfolio.as_of.isoformat(),
        "customers": portfolio.customers,
        "revenue": portfolio.revenue,
        "boundaries": portfolio.boundaries,
        "counts": portfolio.counts,
        "shares": portfolio.shares,
    }


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
