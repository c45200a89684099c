"""Labels mature, the trainer learns, models and boundaries reach the processors; across a kill."""

import signal
from datetime import timedelta
from pathlib import Path

from schemas.codec import decode_output
from schemas.portfolio import Portfolio
from schemas.training_example import TrainingExample
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.learning import BEGIN, POLICY, is_in, purchases, snapshots


def test_models_are_learned_published_and_used_across_a_kill(
    kafka: KafkaNode, tmp_path: Path
) -> None:
    name = f"m{tmp_path.name[-6:]}".replace("_", "-")
    with Deployment(kafka.address, name, tmp_path, policy=POLICY) as deployment:
        deployment.produce("interactions", purchases(0, 60))
        first = deployment.worker()
        deployment.wait_done(first)
        deployment.wait_for(lambda: snapshots(deployment), "the first model")
        first.signal(signal.SIGKILL)
        deployment.produce("interactions", purchases(60, 120))
        second = deployment.worker()
        deployment.wait_done(second)
        deployment.wait_for(
            lambda: snapshots(deployment)[-1].as_of > BEGIN + timedelta(days=90), "later models"
        )
        assert second.stop() == 0, second.output

        (*_, last) = snapshots(deployment)
        examples: dict[str, TrainingExample] = {}
        for item in deployment.read("training-examples"):
            example = decode_output("training-examples", item.value or b"")
            assert isinstance(example, TrainingExample)
            assert examples.setdefault(example.example_id, example) == example
        learned = [e for e in examples.values() if is_in(e, last)]
        assert last.labels == len(learned), "an example was lost or learned twice"
        used = {e.model_version for e in examples.values() if e.basis == "model"}
        assert used <= {s.version for s in snapshots(deployment)}
        portfolios = [
            decode_output("portfolio", i.value or b"") for i in deployment.read("portfolio")
        ]
        assert portfolios
        assert all(isinstance(item, Portfolio) for item in portfolios)


def test_a_second_worker_does_not_disturb_the_trainer(kafka: KafkaNode, tmp_path: Path) -> None:
    name = f"n{tmp_path.name[-6:]}".replace("_", "-")
    with Deployment(kafka.address, name, tmp_path, policy=POLICY) as deployment:
        workers = [deployment.worker(), deployment.worker()]
        deployment.wait_for(lambda: all(w.ready for w in workers), "two ready workers")
        deployment.produce("interactions", purchases(0, 60))
        deployment.wait_done(*workers)
        deployment.wait_for(lambda: snapshots(deployment), "the first model")
        assert workers[0].stop() == 0, workers[0].output
        deployment.produce("interactions", purchases(60, 100))
        deployment.wait_done(workers[1])
        assert workers[1].stop() == 0, workers[1].output
        versions = [(s.as_of, s.labels) for s in snapshots(deployment)]
        assert versions == sorted(versions), "a model went back"
