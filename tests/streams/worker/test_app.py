"""The app before it is started: what its settings mean for the disk."""

from pathlib import Path

import pytest

from detectors.policy import load_policy
from streams.app import create_app
from streams.settings import Settings
from streams.worker.store import StoreError


def test_a_data_folder_that_cannot_be_made_is_told_with_the_remedy(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    settings = Settings(brokers=("127.0.0.1:1",), store="rocksdb", data_dir=taken / "data")
    app = create_app(settings, load_policy(None))
    with pytest.raises(StoreError, match=r"taken.* cannot be made .*CHURNSTREAM_DATA_DIR"):
        app._create_directories()
