"""``churnstream incidents``: the last step of every incident, out of a replay's folder."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from detectors.messages.envelope import message
from schemas.incident import Incident
from streams.cli.incidents import latest
from streams.cli.main import run
from tests.streams.cli.examples import incident

HOUR = timedelta(hours=1)


def steps() -> list[Incident]:
    """Two incidents: one over, one open."""
    first = incident()
    at = first.occurred_at
    return [
        first,
        incident(incident_id="i-2", started_at=at + HOUR, occurred_at=at + 2 * HOUR, channel="web"),
        incident(stage="updated", occurred_at=at + HOUR, observed=30),
        incident(stage="closed", occurred_at=at + 30 * HOUR, ended_at=at + 6 * HOUR, observed=40),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A replay's folder with these incidents."""
    with (tmp_path / "incidents.jsonl").open("wb") as file:
        for number, step in enumerate(steps()):
            sent = message(
                "incidents",
                step,
                key=step.incident_id,
                id=f"{number}",
                at=step.occurred_at.timestamp(),
            )
            file.write((sent.value or b"") + b"\n")
    return tmp_path


def test_the_latest_step_counts_even_when_earlier_ones_are_told_again() -> None:
    told = steps()
    found = latest([*told, told[0], told[2]])
    assert [(i.incident_id, i.stage, i.observed) for i in found] == [
        ("i-2", "opened", 12),
        ("i-1", "closed", 40),
    ]


def test_incidents_are_listed_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "--replay", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [item["incident_id"] for item in found] == ["i-2", "i-1"]
    assert run(["incidents", "--replay", str(folder), "--json", "--open"]) == 0
    assert [item["incident_id"] for item in json.loads(capsys.readouterr().out)] == ["i-2"]


def test_a_table_says_what_they_are_about(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "--replay", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "22423, web" in told
    assert "open" in told


def test_none_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "incidents.jsonl").touch()
    assert run(["incidents", "--replay", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "no incident so far\n"
