"""A worker as a child process: when it cannot work, that is said with its own last words."""

from pathlib import Path

import pytest

from streams.demo.worker_process import WorkerError, WorkerProcess


def test_a_worker_that_cannot_start_is_reported_with_what_it_said(tmp_path: Path) -> None:
    variables = {"CHURNSTREAM_BROKERS": "127.0.0.1:1"}
    with (
        WorkerProcess(variables, 0, tmp_path / "worker.log") as worker,
        pytest.raises(WorkerError, match=r"ended with status 1: .*127\.0\.0\.1:1.*worker\.log"),
    ):
        worker.wait_ready(timeout=60)


def test_metrics_of_a_worker_that_is_gone_are_empty(tmp_path: Path) -> None:
    worker = WorkerProcess({"CHURNSTREAM_STORE": "stone"}, 0, tmp_path / "worker.log")
    with worker:
        assert worker.metrics() == []
    worker.stop()
