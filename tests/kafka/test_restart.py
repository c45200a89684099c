"""Stopped, killed between any two steps, or moved to another worker: the state stays exact."""

import signal
import time

import pytest

from streams.worker.failpoints import PLACES
from tests.kafka.deployment import Deployment
from tests.kafka.events import interactions


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
    deployment.assert_exact()
    assert deployment.repeats("churn-risk") == 0
    assert deployment.repeats("customer-state") == 0


@pytest.mark.parametrize("place", PLACES)
def test_law_3_killed_between_two_steps_the_state_is_exact(
    deployment: Deployment, place: str
) -> None:
    deployment.produce("interactions", interactions(600))
    killed = deployment.worker(FAILPOINT=f"{place}:4", BATCH_SIZE="50")
    assert killed.wait() == -signal.SIGKILL, killed.output
    second = deployment.worker(BATCH_SIZE="50")
    deployment.wait_done(second)
    assert second.stop() == 0, second.output
    deployment.assert_exact()


def test_sigterm_during_batches_finishes_what_is_under_way(deployment: Deployment) -> None:
    deployment.produce("interactions", interactions(20_000, customers=500))
    first = deployment.worker(BATCH_SIZE="20")
    deployment.wait_for(lambda: deployment.lag() < 20_000, "the first commit")
    assert first.stop() == 0, first.output
    assert deployment.lag() > 0, "it was too fast to be interrupted"
    second = deployment.worker()
    deployment.wait_done(second)
    assert second.stop() == 0, second.output
    deployment.assert_exact()
    assert deployment.repeats("churn-risk") == 0


def test_workers_take_over_from_one_that_stops_and_one_that_dies(deployment: Deployment) -> None:
    workers = [deployment.worker() for _ in range(2)]
    deployment.wait_for(lambda: all(worker.ready for worker in workers), "two ready workers")
    for round_ in range(4):
        deployment.produce("interactions", interactions(3000, begin=3000 * round_, customers=500))
        time.sleep(0.5)
        match round_:
            case 1:
                workers[0].signal(signal.SIGKILL)
                workers.append(deployment.worker())
            case 2:
                assert workers[1].stop() == 0, workers[1].output
    deployment.wait_done(workers[2])
    assert workers[2].stop() == 0, workers[2].output
    deployment.assert_exact()


def test_faust_s_own_command_runs_the_same_app(deployment: Deployment) -> None:
    deployment.produce("interactions", interactions(200))
    worker = deployment.worker(
        "-m", "faust", "-A", "streams.app", "worker", "--without-web", "-l", "warn"
    )
    deployment.wait_done(worker)
    worker.stop()
    deployment.assert_exact()
