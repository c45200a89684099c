"""Stopped and started again: the state stays exact (what happens under faults: tests/faults)."""

import pytest

from tests.kafka.deployment import Deployment
from tests.kafka.events import interactions
from tests.kafka.oracle import assert_exact


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_smoke_a_restart_goes_on_where_the_worker_stopped(
    deployment: Deployment, store: str
) -> None:
    deployment.produce("interactions", interactions(400))
    first = deployment.worker(STORE=store)
    deployment.wait_done(first)
    assert first.stop() == 0, first.output
    assert deployment.outputs("churn-risk"), "no alert came"
    deployment.produce("interactions", interactions(400, begin=400))
    second = deployment.worker(STORE=store)
    deployment.wait_done(second)
    assert second.stop() == 0, second.output
    assert_exact(deployment)
    assert deployment.repeats("churn-risk") == 0
    assert deployment.repeats("customer-state") == 0


def test_sigterm_during_batches_finishes_what_is_under_way(deployment: Deployment) -> None:
    deployment.produce("interactions", interactions(20_000, customers=500))
    first = deployment.worker(BATCH_SIZE="20")
    deployment.wait_for(lambda: deployment.lag() < 20_000, "the first commit")
    assert first.stop() == 0, first.output
    assert deployment.lag() > 0, "it was too fast to be interrupted"
    second = deployment.worker()
    deployment.wait_done(second)
    assert second.stop() == 0, second.output
    assert_exact(deployment)
    assert deployment.repeats("churn-risk") == 0


def test_faust_s_own_command_runs_the_same_app(deployment: Deployment) -> None:
    deployment.produce("interactions", interactions(200))
    worker = deployment.worker(
        "-m", "faust", "-A", "streams.app", "worker", "--without-web", "-l", "warn"
    )
    deployment.wait_done(worker)
    worker.stop()
    assert_exact(deployment)
