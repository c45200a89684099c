"""The commands over the made-up shop, as a person calls them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streams.cli.main import run
from streams.settings import Settings
from tests.detectors.builders import Happening
from tests.troubles.world import SOURCE, csv_of


@dataclass
class Shown:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


class Commands:
    """A folder with a source and a policy, and the commands that read them."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def prepare(self, events: Sequence[Happening], policy: str) -> "Commands":
        """Write the source ``source.toml`` and the policy ``policy.toml``."""
        (self.folder / "shop.csv").write_text(csv_of(events))
        (self.folder / "source.toml").write_text(SOURCE)
        (self.folder / "policy.toml").write_text(policy)
        return self

    def __call__(self, command: str, *options: str) -> Shown:
        """Run one command; messages come on one line each, without a traceback."""
        given = [command, *options]
        if command in ("replay", "backtest"):
            given += ["--source", str(self.folder / "source.toml")]
            given += ["--policy", str(self.folder / "policy.toml")]
        status = run(given)
        shown = self._capsys.readouterr()
        assert "Traceback" not in shown.err
        assert "unexpected" not in shown.err
        return Shown(status, shown.out, shown.err)

    def on_broker(self, settings: Settings, policy: str, command: str, *options: str) -> Shown:
        """Run a command that reads the topics of a broker."""
        path = self.folder / "policy.toml"
        path.write_text(policy)
        self._monkeypatch.setenv("CHURNSTREAM_APP_ID", settings.app_id)
        where = ["--brokers", settings.brokers[0], "--topic-prefix", settings.topic_prefix]
        return self(command, *options, "--policy", str(path), *where)

    def replay(self) -> Any:
        """The summary of a replay into ``out``."""
        shown = self("replay", "--json", "--out", str(self.folder / "out"))
        assert shown.status == 0
        return shown.document
