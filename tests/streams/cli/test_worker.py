"""``churnstream worker`` from the outside: help, refusals, a run against the embedded broker."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.cli.worker import HIDDEN
from streams.settings import PREFIX, SETTINGS
from streams.topics import INPUTS
from tests.kafka.cluster import free_ports
from tests.kafka.deployment import Deployment
from tests.kafka.events import garbage, interactions
from tests.kafka.oracle import undisturbed


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", "worker", *arguments],
        env=inherited | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_shows_an_option_for_every_setting_and_examples() -> None:
    shown = run("--help").stdout
    for setting in SETTINGS:
        ending = setting.variable.removeprefix(PREFIX)
        option = f"--{ending.lower().replace('_', '-')} "
        assert (option in shown) == (ending not in HIDDEN), option
    assert "churnstream worker --store rocksdb" in shown


def test_an_absent_broker_is_one_line_and_status_1_within_ten_seconds() -> None:
    (port,) = free_ports(1)
    begin = time.monotonic()
    done = run("--brokers", f"127.0.0.1:{port}", "--metrics-port", "0")
    assert done.returncode == 1
    assert time.monotonic() - begin < 20, "ten seconds, and as much for a busy machine"
    (line,) = done.stderr.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "CHURNSTREAM_BROKERS" in line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--batch-size", "0"], "CHURNSTREAM_BATCH_SIZE"),
        (["--policy", "/nowhere/policy.toml"], "/nowhere/policy.toml"),
        (["--store", "tape"], "CHURNSTREAM_STORE"),
    ],
)
def test_what_is_not_permitted_is_one_line(arguments: list[str], named: str) -> None:
    done = run(*arguments)
    assert done.returncode in (1, 2)
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_fail_point_that_does_not_exist_is_refused(kafka_address: str, tmp_path: Path) -> None:
    with Deployment(kafka_address, "failpoint", tmp_path) as deployment:
        worker = deployment.worker(FAILPOINT="nowhere")
        assert worker.wait() == 2
        assert "CHURNSTREAM_FAILPOINT" in worker.output


def test_missing_topics_are_named_with_the_remedy(kafka_address: str, tmp_path: Path) -> None:
    with Deployment(kafka_address, "missing", tmp_path, create=False) as deployment:
        worker = deployment.worker()
        assert worker.wait() == 1
        assert "missing.interactions: missing" in worker.output
        assert "churnstream topics create" in worker.output


def test_law_4_events_go_in_and_alerts_come_out(kafka_address: str, tmp_path: Path) -> None:
    with Deployment(kafka_address, "flow", tmp_path) as deployment:
        worker = deployment.worker()
        deployment.wait_for(lambda: worker.ready, "a ready worker")
        deployment.produce("interactions", [*interactions(300), *garbage(10)])
        deployment.wait_for(lambda: accounted(worker.metrics()) == 310, "310 records accounted")
        states, outputs = undisturbed(deployment)
        deployment.wait_for(lambda: deployment.states() == states, "the states of the oracle")
        assert deployment.outputs("churn-risk") == outputs["churn-risk"]
        assert len(deployment.outputs("dead-letters")) == 10
        assert worker.stop() == 0, worker.output
        assert "Working on partitions 0, 1" in worker.output
        assert len(worker.output.splitlines()) < 10, worker.output


def accounted(metrics: dict[str, float]) -> float:
    """Records of the input topics that ended as something."""
    return sum(
        value
        for name, value in metrics.items()
        if name.startswith("churnstream_events_total") and any(topic in name for topic in INPUTS)
    )
