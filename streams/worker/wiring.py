"""What settings and policy mean for Faust, for topic names and for the codec."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from detectors.policy import Policy
from schemas.codec import Codec
from schemas.limits import Limits
from streams.settings import Settings
from streams.topics import CHANGELOG, INPUTS, TOPICS, Partitions, physical
from streams.worker.batching import CompositeScheduler
from streams.worker.rounds import Names
from streams.worker.store import CustomersTable, Tables

BUFFERED = 32
"""Composites between Faust's fetch and the stage; more wait in the stage's inbox."""

FETCH_BYTES = 1 << 20
"""Most bytes a fetch brings of one partition. More than the largest batch (`outbox.BATCH_BYTES`):
of partitions whose next batch is larger, a broker gives only one in an answer."""

COMMIT_EVERY = 1.0
"""Seconds between two commits of source offsets."""


def names_of(settings: Settings) -> Names:
    """The names of all topics on the cluster."""
    return Names(
        inputs={physical(settings, topic): topic for topic in INPUTS},
        physical={topic.name: physical(settings, topic.name) for topic in TOPICS},
        single=frozenset(t.name for t in TOPICS if t.partitions is Partitions.ONE),
        changelog=physical(settings, CHANGELOG),
    )


def codec_of(policy: Policy) -> Codec:
    """The codec with the limits of the policy."""
    zone = policy.time.default_zone
    limits = Limits(
        max_bytes=policy.limits.max_bytes,
        max_depth=policy.limits.max_depth,
        max_id_length=policy.limits.max_id_length,
        future_limit=policy.time.future_limit,
    )
    return Codec(limits, default_zone=ZoneInfo(zone) if zone else None)


def faust_settings(settings: Settings) -> dict[str, Any]:
    """The settings of ``faust.App`` other than how to reach the brokers."""
    folder = settings.data_dir.expanduser()
    return {
        "store": f"{settings.store}://",
        "datadir": str(Path(folder)),
        "broker_client_id": settings.app_id,
        "broker_session_timeout": settings.session_timeout,
        "broker_heartbeat_interval": min(max(settings.session_timeout / 4, 0.3), 2.0),
        "broker_request_timeout": max(90.0, settings.session_timeout),
        "broker_commit_interval": COMMIT_EVERY,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": FETCH_BYTES,
        "ConsumerScheduler": CompositeScheduler,
        "Table": CustomersTable,
        "TableManager": Tables,
        "key_serializer": "raw",
        "value_serializer": "raw",
        "processing_guarantee": "at_least_once",
        "producer_linger": 0,
        "stream_buffer_maxsize": BUFFERED,
        "stream_wait_empty": False,
        "topic_disable_leader": True,
        "topic_partitions": settings.partitions,
        "topic_replication_factor": settings.replication,
        "web_enabled": False,
    }
