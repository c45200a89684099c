"""One Apache Kafka for all tests of a run, and a deployment of its own for each test."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.kafka.cluster import KafkaNode, KafkaUnavailableError, find_jars, find_java
from tests.kafka.deployment import Deployment

REQUIRE = "CHURNSTREAM_REQUIRE_KAFKA"
"""Environment: with 1 a Kafka that cannot run is a failure, not a skip."""


def require_kafka() -> None:
    """Skip, or fail where `REQUIRE` says so, when no Kafka can run here."""
    try:
        find_java()
        find_jars()
    except KafkaUnavailableError as error:
        message = f"no Apache Kafka for the tests: {error}"
        if os.environ.get(REQUIRE, "") not in ("", "0"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaNode]:
    """A running node, shared: tests keep apart by topic prefix and app id."""
    require_kafka()
    with KafkaNode(tmp_path_factory.mktemp("kafka")) as node:
        yield node


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[KafkaNode]:
    """A running node that the test may stop."""
    require_kafka()
    with KafkaNode(tmp_path / "kafka") as node:
        yield node


@pytest.fixture
def deployment(kafka: KafkaNode, tmp_path: Path) -> Iterator[Deployment]:
    """Fresh topics on the shared node, and workers that end with the test."""
    with Deployment(kafka.address, f"t{uuid4().hex[:8]}", tmp_path) as made:
        yield made
