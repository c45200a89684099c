"""What several troubles share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.kafka.broker import EmbeddedBroker
from tests.troubles.cluster import Cluster
from tests.troubles.command import Commands


@pytest.fixture
def commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commands:
    """The commands in a folder of their own."""
    return Commands(tmp_path, capsys, monkeypatch)


@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    """One broker for all tests that need one."""
    with EmbeddedBroker() as broker:
        yield Cluster(broker.address)
