"""What several troubles share."""

from pathlib import Path

import pytest

from tests.troubles.command import Commands


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The commands in a folder of their own."""
    return Commands(tmp_path, capsys)
