"""Sends the events of sources to Kafka, in order of event time, acknowledged.

Records are keyed by customer and partitioned as every Kafka client does by default (murmur2), so
a customer's events of all topics meet in the same partition number.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Event
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.errors import ChurnstreamError
from streams.kafka import topic_admin
from streams.kafka.clients import admin_client, quiet_clients, refused
from streams.kafka.reading import partition_of
from streams.settings import Settings
from streams.sources.events import EncodedEvent
from streams.sources.order import merged
from streams.sources.source import Source
from streams.topics import physical

DELIVERY_TIMEOUT = 300.0
"""Seconds that a record waits for a broker that is away before the run fails."""
UNACKNOWLEDGED = 20_000
"""Records under way at most: what a broker that is away costs in memory."""
_partition = lru_cache(maxsize=1 << 17)(partition_of)
_PROGRESS_EVERY = 0.1
_TICK = 0.01


class ProduceError(ChurnstreamError):
    """The events cannot be sent: topics are missing, or the broker did not take them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: given to the caller about ten times a second."""

    sent: int
    acknowledged: int
    share: float
    """Of the whole, 0 to 1; an estimate while files are still being read."""
    occurred_at: float
    """Event time of the latest event sent, seconds since 1970."""
    quiet: float
    """Seconds since the broker last acknowledged, while something waits for it."""


@dataclass(slots=True)
class ProduceReport:
    """What a run came to."""

    sent: Counter[str] = field(default_factory=Counter)
    """Events handed to the client, by topic."""
    acknowledged: int = 0
    """Events that the broker has: all that were sent, unless the run was stopped."""
    first: float | None = None
    last: float | None = None
    """Event times of the first and the last event, seconds since 1970."""
    seconds: float = 0.0
    stopped: bool = False
    """Ended by the caller or by Ctrl-C before the end of the sources."""

    def document(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "sent": dict(sorted(self.sent.items())),
            "acknowledged": self.acknowledged,
            "first": rfc3339(self.first),
            "last": rfc3339(self.last),
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
        }


class Run:
    """One run of `produce`; its `report` is up to date at every moment.

    `limit`: events at most. `until`: only events before this time (seconds since 1970).
    `speed`: event seconds for each second of the clock; None is as fast as the broker takes them.
    """

    def __init__(
        self,
        settings: Settings,
        sources: Sequence[Source],
        *,
        speed: float | None = None,
        limit: int | None = None,
        until: float | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
        stop: Event | None = None,
    ):
        self.report = ProduceReport()
        self._settings, self._sources = settings, sources
        self._speed, self._limit, self._until = speed, limit, until
        self._progress, self._stop = progress, stop or Event()
        self._partitions: dict[str, int] = {}
        self._failure: Exception | None = None
        self._sent = 0
        self._heard = self._shown = self._begin = time.monotonic()

    def go(self) -> ProduceReport:
        """Send everything and wait until it is acknowledged; Ctrl-C or `stop` ends it early.

        Raises `ProduceError`, `BrokerUnreachableError` or `SourceError`.
        """
        self._partitions = self._require_topics()
        producer = self._connect()
        self._heard = self._begin = time.monotonic()
        try:
            self._send_all(producer)
            self._wait(lambda: self._under_way() > 0)
        except KeyboardInterrupt:
            self._stop.set()
        finally:
            self.report.stopped = self._stop.is_set()
            with quiet_clients():
                producer.close(timeout=5)
            self.report.seconds = time.monotonic() - self._begin
        self._raise_failure()
        self._show()
        return self.report

    def _require_topics(self) -> dict[str, int]:
        """Partitions by topic; raises when a topic is missing or they do not match."""
        needed = {topic for source in self._sources for topic in source.topics}
        with admin_client(self._settings) as client:
            states = {s.topic: s for s in topic_admin.describe(client, self._settings)}
        missing = sorted(physical(self._settings, topic) for topic in needed - states.keys())
        if missing:
            raise ProduceError(
                f"no topic {', '.join(missing)} on {', '.join(self._settings.brokers)}; "
                "make the topics with: churnstream topics create"
            )
        counts = {topic: states[topic].partitions for topic in sorted(needed)}
        if len(set(counts.values())) > 1:
            found = ", ".join(f"{states[topic].physical} has {n}" for topic, n in counts.items())
            raise ProduceError(
                f"topics keyed by customer need equal partitions, but {found}; "
                "see: churnstream topics check"
            )
        return counts

    def _connect(self) -> Any:
        """A producer that neither loses, repeats nor reorders while requests are retried."""
        options = self._settings.kafka_python_options() | {
            "acks": "all",
            "linger_ms": 5 if self._speed else 20,
            "batch_size": 1 << 18,
            "delivery_timeout_ms": round(DELIVERY_TIMEOUT * 1000),
            "reconnect_backoff_max_ms": 2_000,
            "allow_auto_create_topics": False,
        }
        with quiet_clients():
            try:
                return KafkaProducer(**options, enable_idempotence=True)
            except KafkaError as error:
                raise refused(self._settings, error) from None

    def _send_all(self, producer: Any) -> None:
        names = {topic: physical(self._settings, topic) for topic in self._partitions}
        for event in self._due_events():
            topic = event.topic
            partition = _partition(event.key, self._partitions[topic])
            try:
                future = producer.send(
                    names[topic], key=event.key, value=event.value, partition=partition
                )
            except KafkaError as error:
                raise ProduceError(
                    f"{event.path}, row {event.row}: cannot be sent: {error}"
                ) from None
            future.add_both(self._settled)
            self._sent += 1
            self.report.sent[topic] += 1
            self.report.last = event.occurred_at
            if self._under_way() >= UNACKNOWLEDGED:
                self._wait(lambda: self._under_way() >= UNACKNOWLEDGED // 2)

    def _due_events(self) -> Iterator[EncodedEvent]:
        """The events that are wanted, each when its time has come."""
        origin: tuple[float, float] | None = None
        for number, event in enumerate(merged(self._sources)):
            if number == self._limit or (
                self._until is not None and event.occurred_at >= self._until
            ):
                return
            if origin is None:
                origin = time.monotonic(), event.occurred_at
                self.report.first = event.occurred_at
            if self._speed is not None:
                due = origin[0] + (event.occurred_at - origin[1]) / self._speed
                self._wait(lambda due=due: time.monotonic() < due)  # type: ignore[misc]
            if self._stop.is_set():
                return
            self._raise_failure()
            self._show_sometimes()
            yield event

    def _wait(self, waiting: Callable[[], bool]) -> None:
        """Wait while there is reason to; stopping and failing end it."""
        while waiting() and not self._stop.is_set():
            self._raise_failure()
            self._show_sometimes()
            time.sleep(_TICK)

    def _settled(self, result: Any) -> None:
        """Called by the client's own thread for each record, with its place or its failure."""
        if isinstance(result, Exception):
            self._failure = self._failure or result
        else:
            self.report.acknowledged += 1
            self._heard = time.monotonic()

    def _under_way(self) -> int:
        return self._sent - self.report.acknowledged

    def _raise_failure(self) -> None:
        if self._failure is not None and not self._stop.is_set():
            raise ProduceError(
                f"the broker at {', '.join(self._settings.brokers)} did not take an event "
                f"({self._failure}); {self.report.acknowledged:,} of {self._sent:,} "
                "were acknowledged. Run again: repeats carry the same event_id and change nothing"
            )

    def _show_sometimes(self) -> None:
        if time.monotonic() - self._shown >= _PROGRESS_EVERY:
            self._show()

    def _show(self) -> None:
        self._shown = time.monotonic()
        self._progress(
            Progress(
                sent=self._sent,
                acknowledged=self.report.acknowledged,
                share=self._share(),
                occurred_at=self.report.last or 0.0,
                quiet=self._shown - self._heard if self._under_way() else 0.0,
            )
        )

    def _share(self) -> float:
        size = sum(source.size for source in self._sources)
        read = sum(source.bytes_read for source in self._sources) / size if size else 1.0
        taken = sum(source.counts.taken for source in self._sources)
        share = min(read, self._sent / taken if taken else 0.0)
        return share if not self._limit else max(share, self._sent / self._limit)


def produce(settings: Settings, sources: Sequence[Source], **options: Any) -> ProduceReport:
    """Send the events of `sources` to Kafka; `options` as of `Run`."""
    return Run(settings, sources, **options).go()


def rfc3339(at: float | None) -> str | None:
    """Seconds since 1970 as a time in UTC, or None."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
