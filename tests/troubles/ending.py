"""A worker that ends by itself, and what it says."""

from pathlib import Path

import pytest

from streams.demo.worker_process import WorkerError, WorkerProcess
from streams.settings import Settings
from tests.kafka.cluster import free_ports
from tests.troubles.world import toml


def worker_of(settings: Settings, folder: Path, store: str = "memory") -> WorkerProcess:
    """A worker as a process of its own, with its log and its store in ``folder``."""
    variables = {
        "CHURNSTREAM_BROKERS": settings.brokers[0],
        "CHURNSTREAM_TOPIC_PREFIX": settings.topic_prefix,
        "CHURNSTREAM_APP_ID": settings.app_id,
        "CHURNSTREAM_PARTITIONS": "1",
        "CHURNSTREAM_SESSION_TIMEOUT": "1s",
        "CHURNSTREAM_POLICY": str(folder / "policy.toml"),
        "CHURNSTREAM_STORE": store,
        "CHURNSTREAM_DATA_DIR": str(folder / "data"),
    }
    (folder / "policy.toml").write_text(toml())
    return WorkerProcess(variables, free_ports(1)[0], folder / "worker.log")


def last_words(settings: Settings, folder: Path, store: str = "memory") -> str:
    """What a worker said that ended by itself, before it was ready."""
    with (
        worker_of(settings, folder, store) as worker,
        pytest.raises(WorkerError, match="ended with status 1"),
    ):
        worker.wait_ready(timeout=60)
    words = (folder / "worker.log").read_text()
    assert "Working on partitions" not in words
    return words
