"""Trainer and portfolio fail over with the promises of the workers; repeats teach nothing."""

import signal
import time
from pathlib import Path
from uuid import uuid4

from schemas.codec import decode_output
from schemas.training_example import TrainingExample
from tests.faults.scenario import SESSION
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.learning import POLICY, is_in, purchases, snapshots


def outcome_of(example: TrainingExample) -> tuple[object, ...]:
    """What happened to whom, and when it was known."""
    e = example
    return e.customer_id, e.partition, e.target, e.horizon_days, e.at, e.matured_at, e.label


def assert_learned_once(deployment: Deployment) -> None:
    """The last model has learned every example up to its marks once, and none went back."""
    told = snapshots(deployment)
    marks = [(s.as_of, s.labels) for s in told]
    assert marks == sorted(marks), "a model went back"
    examples: dict[str, TrainingExample] = {}
    for item in deployment.read("training-examples"):
        example = decode_output("training-examples", item.value or b"")
        assert isinstance(example, TrainingExample)
        first = examples.setdefault(example.example_id, example)
        # A repeat may have been decided with a newer model; what is learned from it is the same.
        assert outcome_of(example) == outcome_of(first)
    assert told[-1].labels == sum(is_in(e, told[-1]) for e in examples.values())


def test_a_trainer_that_comes_back_and_examples_that_come_late_and_again(
    kafka: KafkaNode, tmp_path: Path
) -> None:
    name = f"l{uuid4().hex[:8]}"
    with Deployment(kafka.address, name, tmp_path, policy=POLICY) as deployment:
        workers = [deployment.worker(), deployment.worker()]
        deployment.wait_for(lambda: all(w.ready for w in workers), "two ready workers")
        for round_, worker in enumerate(workers):  # one of them is the trainer
            deployment.produce("interactions", purchases(40 * round_, 40 * round_ + 40))
            worker.signal(signal.SIGSTOP)
            time.sleep(2 * SESSION)
            worker.signal(signal.SIGCONT)
            deployment.wait_done(*workers)
            deployment.wait_for(lambda: all(w.ready for w in workers), "two ready workers")
        deployment.wait_for(lambda: snapshots(deployment), "a model")
        assert_learned_once(deployment)

        before = len(snapshots(deployment))
        again = [(i.key, i.value) for i in deployment.read("training-examples")]
        deployment.produce("training-examples", reversed(again))
        deployment.produce("interactions", purchases(80, 90))
        deployment.wait_done(*workers)
        deployment.wait_for(lambda: len(snapshots(deployment)) > before, "a later model")
        for worker in workers:
            assert worker.stop() == 0, worker.output
        assert_learned_once(deployment)
