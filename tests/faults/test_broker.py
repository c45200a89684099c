"""The broker restarts, falls silent, answers in jerks: the workers go on by themselves."""

from tests.faults.scenario import Scenario
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment


def test_a_broker_that_restarts_and_falls_silent(kafka: KafkaNode, deployment: Deployment) -> None:
    with Scenario(deployment, kafka, seed=6) as scenario:
        scenario.restart_broker()
        scenario.silence_broker()


def test_a_slow_broker(kafka: KafkaNode, deployment: Deployment) -> None:
    with Scenario(deployment, kafka, seed=7) as scenario:
        scenario.slow_broker()
