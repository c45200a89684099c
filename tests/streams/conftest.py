"""What several tests of the streams share."""

from collections.abc import Iterator

import pytest

from streams.kafka.broker import EmbeddedBroker


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    """The address of an embedded broker; tests keep apart by topic prefix and app id."""
    with EmbeddedBroker() as broker:
        yield broker.address
