"""Faults under load, on a real Apache Kafka: run by `make test-faults`."""

from pathlib import Path

import pytest

from tests.kafka.fixtures import deployment, kafka, own_kafka

__all__ = ["deployment", "kafka", "own_kafka"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.kafka)
