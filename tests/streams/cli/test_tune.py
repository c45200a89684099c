"""``churnstream tune`` as a person calls it."""

import json
from pathlib import Path

import pytest

from detectors.policy import load_policy
from streams.cli.main import run
from tests.streams.tune.small import few_trials, small_shop

POLICY = """
[churn]
active_window = "60d"
horizon = "30d"
[model]
min_labels = 100
[alerts]
raise_at = 0.95
clear_at = 0.9
critical = 0.97
[business]
margin = 0.3
contact_cost = 0.5
save_rate = 0.3
"""


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command with a small source and a policy that hardly ever alerts."""
    few_trials(monkeypatch, horizons=[40], intervals=[])
    source = small_shop(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY)
    return ["tune", "--source", str(source.path), "--policy", str(tmp_path / "policy.toml")]


def test_a_proposal_is_shown_and_nothing_is_written_unasked(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    assert run(arguments) == 0
    output = capsys.readouterr()
    for word in ("loss: silence within 30 days", "policy as it is", "proposal", "alerts.raise_at"):
        assert word in output.out
    assert "trial 1: horizon 30d, review interval 7d" in output.err
    assert sorted(tmp_path.iterdir()) == before


def test_the_file_holds_what_the_document_says(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tuned.toml"
    assert run([*arguments, "--json", "--out", str(out)]) == 0
    document = json.loads(capsys.readouterr().out)
    tuned = load_policy(out)
    proposal = {change["key"]: change["proposed"] for change in document["proposal"]}
    assert tuned.alerts.raise_at == proposal["alerts.raise_at"] < 0.95
    assert tuned.alerts.clear_at == proposal["alerts.clear_at"]
    assert tuned.business == load_policy(tmp_path / "policy.toml").business
    assert tuned.model.min_labels == 100
    assert out.read_text().startswith("# Proposed by churnstream tune")
    assert document["chosen_on"]["until"] < document["measured_on"]["from"]


def test_a_file_is_not_overwritten_before_anything_is_read(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    assert run([*arguments, "--out", str(policy)]) == 1
    output = capsys.readouterr()
    assert "exists already" in output.err
    assert "trial" not in output.err
    assert policy.read_text() == POLICY


def test_without_business_numbers_the_keys_to_set_are_named(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_text(POLICY.partition("[business]")[0])
    assert run(arguments) == 1
    error = capsys.readouterr().err
    for key in ("[business]", "save_rate", "contact_cost", "capacity"):
        assert key in error


def test_a_horizon_longer_than_the_data_is_told(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_text(POLICY.replace("30d", "700d"))
    assert run(arguments) == 1
    assert "make churn.horizon shorter" in " ".join(capsys.readouterr().err.split())


def test_when_nothing_gains_it_is_said_and_no_file_is_written(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_text(POLICY.replace("cost = 0.5", "cost = 1e6"))
    out = tmp_path / "tuned.toml"
    assert run([*arguments, "--out", str(out)]) == 1
    output = capsys.readouterr()
    assert "nothing is proposed: no threshold gains" in output.out
    assert "was not written" in output.err
    assert not out.exists()


def test_overwrite_without_out_is_wrong_usage(arguments: list[str]) -> None:
    assert run([*arguments, "--overwrite"]) == 2
