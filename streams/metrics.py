"""Every metric that a worker shows to Prometheus, in one place.

``docs/metrics.md`` is made from this file. Labels take values from closed lists or partition
numbers only, so the number of series stays bounded. The one text from outside is ``segment``: the
company's own segments, of which a model's measures hold a dozen at most.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from detectors.effects import OUTCOMES, Output
from detectors.models.snapshot import EMITTED, MEASURED, SPOKEN
from detectors.targets import target_of
from schemas.model_event import ModelEvent
from schemas.model_snapshot import ModelSnapshot
from streams.bulk_histogram import BulkHistogram
from streams.topics import INPUTS

Kind = Literal["counter", "gauge", "histogram"]
Stage = Literal["decode", "process", "send", "changelog", "store"]
"""The steps of a batch that are timed apart."""

LATENCIES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
STEPS = (0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
QUALITIES = {
    "ece": ("calibration_error", "Expected calibration error (0 to 1, 0 is perfect)"),
    "brier": ("brier_score", "Brier score (0 to 1, 0 is perfect)"),
    "log_loss": ("log_loss", "Log loss (nats a prediction, 0 is perfect)"),
    "auc": ("auc", "Area under the ROC curve (0.5 is chance, 1 is perfect)"),
    "lift": ("lift", "Rate among the tenth with the highest scores / base rate (1 is chance)"),
}
"""Figures of matured predictions: key in a model snapshot's reports → (name, meaning)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of ``docs/metrics.md``; ``name`` is what one writes in a query."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


class Metrics:
    """The metrics of one worker in a registry of their own.

    ``clock`` gives the time in seconds since 1970; ages and lags are taken at each scrape, so
    they go on growing when nothing else happens.
    """

    def __init__(
        self, registry: CollectorRegistry | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.registry = registry or CollectorRegistry()
        self.table: list[Metric] = []
        self._clock = clock
        self._owned: set[int] = set()
        self._declare_events()
        self._declare_stream()
        self._declare_models()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        for topic in INPUTS:
            for outcome in OUTCOMES:
                self._events.labels(topic, outcome)

    # What the processor decided

    def observe_output(self, partition: int, output: Output) -> None:
        """Count what one call of the processor of ``partition`` returned."""
        for (topic, outcome), count in output.counts.items():
            self._events.labels(topic, outcome).inc(count)
        for reason, count in output.rejects.items():
            self._rejects.labels(reason).inc(count)
        for (kind, band, stage), count in output.alerts.items():
            self._alerts.labels(kind, band, stage).inc(count)
        for message in output.messages:
            self._messages.labels(message.topic).inc()
        self._unknown_kinds.inc(output.unknown_kinds)
        self._unknown_fields.inc(output.unknown_fields)
        self._reviews.inc(output.reviews)
        self._examples.inc(output.examples)
        if output.watermark > float("-inf"):
            self._watermark(partition, output.watermark)

    def observe_batch(self, events: int) -> None:
        """Note the size of one batch."""
        self._batch.observe(events)

    def observe_latency(self, produced_at: Iterable[float], acked_at: float) -> None:
        """Note, for each event of a batch, the time from Kafka's record to its acked outputs.

        All times in seconds since 1970.
        """
        self._latency.observe_many(acked_at - produced for produced in produced_at)

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Time one step of a batch, also when it fails."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._processing.labels(stage).observe(time.perf_counter() - begin)

    # What the stream is doing

    def assigned(self, partitions: Iterable[int]) -> None:
        """Note a rebalance: ``partitions`` of the input topics belong to this worker now.

        The series of all other partitions vanish, or each would be reported by two workers.
        """
        kept = set(partitions)
        self._rebalances.inc()
        self._partitions.set(len(kept))
        by_partition = (self._watermark_lag, self._watermark_time, self._lag, *self._state)
        for lost in self._owned - kept:
            for gauge in by_partition:
                gauge.remove_by_labels({"partition": str(lost)})
        self._owned = kept

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Note how many records of a partition of the logical ``topic`` are not yet processed."""
        self._lag.labels(topic, partition).set(max(records, 0))

    def state(self, partition: int, keys: int, size: int) -> None:
        """Note how many keys and bytes the store of ``partition`` holds."""
        keys_gauge, bytes_gauge = self._state
        keys_gauge.labels(partition).set(keys)
        bytes_gauge.labels(partition).set(size)

    def progressed(self) -> None:
        """Note that source offsets were acknowledged just now."""
        self._progress.set(self._clock())

    def recovery(self, done: int, total: int) -> None:
        """Note how many records of the changelog were read back, of how many in ``total``."""
        self._recovery_remaining.set(max(total - done, 0))
        self._recovery_progress.set(min(done / total, 1.0) if total > 0 else 1.0)

    def ready(self, is_ready: bool) -> None:
        """Note what /health/ready answers."""
        self._ready.set(is_ready)

    def send_failed(self, topic: str) -> None:
        """Count a batch that a broker did not acknowledge, by logical topic."""
        self._send_failures.labels(topic).inc()

    # What the models do

    def training_backlog(self, examples: int) -> None:
        """Note how many training examples wait for the trainer."""
        self._backlog.set(max(examples, 0))

    def snapshot_published(self, target: str) -> None:
        """Count a model that the trainer of this worker published."""
        self._snapshots.labels(target).inc()

    def model_event(self, event: ModelEvent) -> None:
        """Count a switch of the speaker or a drift that this worker published."""
        self._model_events.labels(target_of(event).name, event.kind).inc()

    def incident(self, stage: str) -> None:
        """Count a step of an incident that this worker published."""
        self._incidents.labels(stage).inc()

    def situation(self, open_incidents: int) -> None:
        """Note how many incidents are in force in this worker."""
        self._open_incidents.set(open_incidents)

    def surge_series(self, held: int) -> None:
        """Note how many series the watch for surges of this worker holds."""
        self._surge_series.set(held)

    def model_installed(self, snapshot: ModelSnapshot) -> None:
        """Note the model in use, and its quality on matured predictions.

        The snapshot's reports are by what was measured: of `MEASURED` and `QUALITIES`, what is
        missing or None is not shown. Segments are the largest ones only (`quality.SEGMENTS`).
        """
        target, received = target_of(snapshot).name, self._clock()
        self._model.remove_by_labels({"target": target})
        self._model.labels(target, snapshot.version).set(1)
        self._model_ready.labels(target).set(snapshot.ready)
        self._model_labels.labels(target).set(snapshot.labels)
        self._model_age.labels(target).set_function(lambda: self._clock() - received)
        self._speaker.remove_by_labels({"target": target})
        self._speaker.labels(target, snapshot.model["speaker"]).set(1)
        measures = snapshot.metrics
        segments = measures.get(EMITTED, measures.get(SPOKEN, {})).get("segments", {})
        for key, gauge in self._by_segment.items():
            gauge.remove_by_labels({"target": target})
            for segment, figures in segments.items():
                if figures[key] is not None:
                    gauge.labels(target, segment).set(figures[key])
        for measured in MEASURED:
            report = snapshot.metrics.get(measured, {}).get("report", {})
            for key, gauge in self._quality.items():
                if report.get(key) is not None:
                    gauge.labels(target, measured).set(report[key])

    def _watermark(self, partition: int, watermark: float) -> None:
        self._watermark_time.labels(partition).set(watermark)
        lag = self._watermark_lag.labels(partition)
        lag.set_function(lambda: self._clock() - watermark)

    def _declare_events(self) -> None:
        self._events = self._counter(
            "events_total", "Records read, by what became of them", "topic", "outcome"
        )
        self._rejects = self._counter(
            "dead_letters_total", "Records that were not applied, by reason", "reason"
        )
        self._alerts = self._counter(
            "alerts_total", "Alerts sent, by kind, band and stage", "kind", "band", "stage"
        )
        self._messages = self._counter("messages_total", "Records sent, by topic", "topic")
        self._send_failures = self._counter(
            "send_failures_total", "Batches that no broker acknowledged", "topic"
        )
        self._unknown_kinds = self._counter(
            "unknown_kinds_total", "Interactions of a kind that churnstream does not know"
        )
        self._unknown_fields = self._counter(
            "unknown_fields_total", "Fields of events that the schemas do not know"
        )
        self._reviews = self._counter("reviews_total", "Reviews of customers that came due")
        self._examples = self._counter(
            "training_examples_total", "Matured labels sent to the trainer"
        )
        self._batch = self._histogram("batch_events", "Events in a batch", SIZES)
        self._processing = self._histogram(
            "processing_seconds", "Duration of one step of a batch", STEPS, "stage"
        )
        name = self._add(
            "end_to_end_latency_seconds",
            "histogram",
            "From an event's Kafka record to the acknowledgement of its outputs",
        )
        self._latency = BulkHistogram(name, self.table[-1].meaning, LATENCIES, self.registry)

    def _declare_stream(self) -> None:
        self._watermark_time = self._gauge(
            "watermark_timestamp_seconds", "Event time up to which all was processed", "partition"
        )
        self._watermark_lag = self._gauge(
            "watermark_lag_seconds", "Age of the watermark, by the clock", "partition"
        )
        self._lag = self._gauge(
            "consumer_lag_records", "Records not yet processed", "topic", "partition"
        )
        self._partitions = self._gauge("assigned_partitions", "Partitions that this worker owns")
        self._state = (
            self._gauge("state_keys", "Keys in the store", "partition"),
            self._gauge("state_bytes", "Bytes of keys and values in the store", "partition"),
        )
        self._rebalances = self._counter("rebalances_total", "Assignments of partitions received")
        self._recovery_remaining = self._gauge(
            "recovery_remaining_records", "Changelog records still to be read back"
        )
        self._recovery_progress = self._gauge(
            "recovery_progress_ratio", "Share of the changelog that was read back (0 to 1)"
        )
        self._progress = self._gauge(
            "last_progress_timestamp_seconds", "When source offsets were last acknowledged"
        )
        self._ready = self._gauge("ready", "1 when /health/ready says so, else 0")
        self._gauge("build_info", "Always 1; the version is the label", "version").labels(
            metadata.version("churnstream")
        ).set(1)

    def _declare_models(self) -> None:
        self._backlog = self._gauge(
            "training_backlog_examples", "Training examples that wait for the trainer"
        )
        self._snapshots = self._counter("snapshots_total", "Models published", "target")
        self._model = self._gauge(
            "model_info", "Always 1; the version of the model in use", "target", "version"
        )
        self._model_ready = self._gauge(
            "model_ready", "1 when the model scores, 0 while the prior rule does", "target"
        )
        self._model_labels = self._gauge(
            "model_labels", "Labels that the model in use has learned", "target"
        )
        self._model_age = self._gauge(
            "model_age_seconds", "Since this worker received the model in use", "target"
        )
        self._speaker = self._gauge(
            "model_speaker", "Always 1; which of the models speaks", "target", "speaker"
        )
        self._model_events = self._counter(
            "model_events_total", "Promotions, demotions and drifts published", "target", "kind"
        )
        self._incidents = self._counter("incidents_total", "Steps of incidents published", "stage")
        self._open_incidents = self._gauge(
            "open_incidents", "Incidents that fold the alerts they explain"
        )
        self._surge_series = self._gauge(
            "surge_series", "Products, causes, channels, regions and pairs watched for surges"
        )
        self._by_segment = {
            key: self._gauge(
                f"segment_{QUALITIES[key][0]}",
                f"{QUALITIES[key][1]}, as given out and matured, of the largest segments",
                "target",
                "segment",
            )
            for key in ("ece", "auc")
        }
        self._quality = {
            key: self._gauge(f"model_{name}", f"{meaning}, matured", "target", "measured")
            for key, (name, meaning) in QUALITIES.items()
        }

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(
            self._add(name, "counter", meaning, *labels), meaning, labels, registry=self.registry
        )

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(
            self._add(name, "gauge", meaning, *labels), meaning, labels, registry=self.registry
        )

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        full = self._add(name, "histogram", meaning, *labels)
        return Histogram(full, meaning, labels, buckets=buckets, registry=self.registry)

    def _add(self, name: str, kind: Kind, meaning: str, *labels: str) -> str:
        row = Metric(f"churnstream_{name}", kind, labels, meaning)
        self.table.append(row)
        return row.name
