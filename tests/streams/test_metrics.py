"""Metrics: named by the conventions, counted exactly, bounded in their labels."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from detectors.effects import OUTCOMES, Message, Output
from schemas.model_snapshot import ModelSnapshot
from streams.bulk_histogram import BulkHistogram
from streams.metrics import Metrics
from streams.topics import INPUTS


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"churnstream_{name}", labels)


def snapshot(**changed: Any) -> ModelSnapshot:
    report = {
        "ece": 0.02,
        "auc": 0.71,
        "brier": 0.2,
        "log_loss": 0.6,
        "base_rate": 0.3,
        "lift": 1.5,
    }
    fields: dict[str, Any] = {
        "version": "v1",
        "as_of": datetime(2011, 6, 1, tzinfo=UTC),
        "target": "silence",
        "horizon_days": 60.0,
        "labels": 900,
        "ready": True,
        "model": {"speaker": "blend"},
        "metrics": {
            "emitted": {"report": report, "segments": {"gold": report}},
            "prior": {"report": {"auc": None}},
        },
    }
    return ModelSnapshot(**(fields | changed))


def test_names_follow_the_conventions() -> None:
    for row in Metrics().table:
        assert row.name.startswith("churnstream_")
        assert row.name.endswith("_total") == (row.kind == "counter")
        assert not row.name.endswith(("_count", "_sum", "_bucket"))
        assert row.meaning[0].isupper() or row.meaning[0] == "1"
        assert not row.meaning.endswith(".")


def test_the_table_names_all_that_is_shown_and_nothing_else() -> None:
    metrics = Metrics()
    shown = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in metrics.registry.collect()
        if family.name.startswith("churnstream_")
    }
    assert shown == {row.name for row in metrics.table}


def test_the_page_can_be_read_back() -> None:
    metrics = Metrics()
    metrics.observe_latency([1.0, 2.0], 3.0)
    metrics.assigned([0])
    metrics.lag("interactions", 0, 5)
    page = generate_latest(metrics.registry).decode()
    families = {family.name for family in text_string_to_metric_families(page)}
    assert {"churnstream_events", "churnstream_end_to_end_latency_seconds"} <= families


def test_an_output_is_counted_in_full() -> None:
    metrics = Metrics()
    output = Output(
        messages=[Message("churn-risk", b"c1", b"{}"), Message("customer-state", b"c1", b"{}")],
        counts=Counter({("interactions", "applied"): 7, ("complaints", "late"): 2}),
        rejects=Counter({"invalid_json": 3}),
        alerts=Counter({("churn_risk", "high", "raised"): 1}),
        unknown_kinds=4,
        unknown_fields=5,
        reviews=6,
        examples=8,
        watermark=999_000.0,
    )
    metrics.observe_output(2, output)
    metrics.observe_output(2, output)
    assert value(metrics, "events_total", topic="interactions", outcome="applied") == 14
    assert value(metrics, "events_total", topic="complaints", outcome="late") == 4
    assert value(metrics, "dead_letters_total", reason="invalid_json") == 6
    assert value(metrics, "alerts_total", kind="churn_risk", band="high", stage="raised") == 2
    assert value(metrics, "messages_total", topic="churn-risk") == 2
    assert value(metrics, "unknown_kinds_total") == 8
    assert value(metrics, "unknown_fields_total") == 10
    assert value(metrics, "reviews_total") == 12
    assert value(metrics, "training_examples_total") == 16
    assert value(metrics, "watermark_timestamp_seconds", partition="2") == 999_000.0


def test_every_outcome_begins_at_zero_so_that_the_first_one_is_an_increase() -> None:
    metrics = Metrics()
    for topic in INPUTS:
        for outcome in OUTCOMES:
            assert value(metrics, "events_total", topic=topic, outcome=outcome) == 0


def test_ages_and_lags_grow_while_nothing_happens() -> None:
    clock = Clock()
    metrics = Metrics(clock=clock)
    metrics.observe_output(0, Output(watermark=clock.now - 10))
    metrics.model_installed(snapshot())
    metrics.progressed()
    clock.now += 50
    assert value(metrics, "watermark_lag_seconds", partition="0") == 60
    assert value(metrics, "model_age_seconds", target="silence-60d") == 50
    assert value(metrics, "last_progress_timestamp_seconds") == clock.now - 50


def test_a_partition_that_has_seen_nothing_shows_no_watermark() -> None:
    metrics = Metrics()
    metrics.observe_output(0, Output())
    assert value(metrics, "watermark_lag_seconds", partition="0") is None


def test_series_of_lost_partitions_vanish_and_the_others_stay() -> None:
    metrics = Metrics()
    metrics.assigned([0, 1])
    for partition in (0, 1):
        metrics.observe_output(partition, Output(watermark=5.0))
        metrics.state(partition, keys=3, size=900)
        for topic in INPUTS:
            metrics.lag(topic, partition, 1)
    metrics.assigned([1, 2])
    page = generate_latest(metrics.registry).decode()
    assert 'partition="0"' not in page
    assert value(metrics, "state_keys", partition="1") == 3
    assert value(metrics, "state_bytes", partition="1") == 900
    assert value(metrics, "consumer_lag_records", topic="feedback", partition="1") == 1
    assert value(metrics, "assigned_partitions") == 2
    assert value(metrics, "rebalances_total") == 2


def test_a_new_model_replaces_the_old_one_of_its_target_only() -> None:
    metrics = Metrics()
    metrics.model_installed(snapshot())
    metrics.model_installed(snapshot(target="cancellation", version="c1"))
    metrics.model_installed(snapshot(version="v2", ready=False, labels=950))
    assert value(metrics, "model_info", target="silence-60d", version="v1") is None
    assert value(metrics, "model_info", target="silence-60d", version="v2") == 1
    assert value(metrics, "model_info", target="cancellation-60d", version="c1") == 1
    assert value(metrics, "model_ready", target="silence-60d") == 0
    assert value(metrics, "model_labels", target="silence-60d") == 950


def test_the_quality_of_matured_predictions_is_shown_where_it_is_known() -> None:
    metrics = Metrics()
    metrics.model_installed(snapshot())
    emitted = {"target": "silence-60d", "measured": "emitted"}
    assert value(metrics, "model_calibration_error", **emitted) == 0.02
    assert value(metrics, "model_auc", **emitted) == 0.71
    assert value(metrics, "model_brier_score", **emitted) == 0.2
    assert value(metrics, "model_log_loss", **emitted) == 0.6
    assert value(metrics, "model_auc", target="silence-60d", measured="prior") is None


@pytest.mark.parametrize(
    ("done", "total", "left", "share"),
    [(0, 0, 0, 1), (0, 10, 10, 0), (5, 10, 5, 0.5), (12, 10, 0, 1)],
)
def test_recovery_progress(done: int, total: int, left: int, share: float) -> None:
    metrics = Metrics()
    metrics.recovery(done, total)
    assert value(metrics, "recovery_remaining_records") == left
    assert value(metrics, "recovery_progress_ratio") == share


def test_a_step_is_timed_also_when_it_fails() -> None:
    metrics = Metrics()
    with metrics.timed("send"):
        pass
    with pytest.raises(ValueError, match="broken"), metrics.timed("send"):
        raise ValueError("broken")
    assert value(metrics, "processing_seconds_count", stage="send") == 2


def test_what_the_trainer_does_is_counted() -> None:
    metrics = Metrics()
    metrics.snapshot_published("silence")
    metrics.training_backlog(-1)
    metrics.send_failed("churn-risk")
    metrics.observe_batch(120)
    metrics.ready(True)
    assert value(metrics, "snapshots_total", target="silence") == 1
    assert value(metrics, "training_backlog_examples") == 0
    assert value(metrics, "send_failures_total", topic="churn-risk") == 1
    assert value(metrics, "batch_events_sum") == 120
    assert value(metrics, "ready") == 1


@given(st.lists(st.floats(-5, 400)), st.lists(st.floats(-5, 400)))
def test_a_bulk_histogram_counts_as_a_naive_one_does(
    first: list[float], second: list[float]
) -> None:
    registry, bounds = CollectorRegistry(), (0.5, 1.0, 10.0)
    histogram = BulkHistogram("wait_seconds", "Waiting", bounds, registry)
    histogram.observe_many(first)
    histogram.observe_many(iter(second))
    seen = [max(x, 0.0) for x in first + second]
    for bound in bounds:
        counted = registry.get_sample_value("wait_seconds_bucket", {"le": str(bound)})
        assert counted == sum(x <= bound for x in seen)
    assert registry.get_sample_value("wait_seconds_count") == len(seen)
    assert registry.get_sample_value("wait_seconds_sum") == pytest.approx(sum(seen))
