"""The commands that read files: produce, replay and check, as a person calls them."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from streams.cli.main import run
from tests.streams.sources.files import HEADER, SHOP, source_of

GOOD = HEADER + "".join(f"{n},c{n % 5},2020-01-{1 + n:02},1\n" for n in range(28))


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The path of a source of 28 purchases and one row that no rule takes."""
    source_of(tmp_path, SHOP, shop_csv=GOOD + "30,,2020-01-30,1\n")
    return str(tmp_path / "source.toml")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """The path of a source with a bad row and one that the codec refuses."""
    source_of(tmp_path, SHOP, shop_csv=GOOD + f"31,c1,soon,1\n32,{'x' * 300},2020-01-30,1\n")
    return str(tmp_path / "source.toml")


@pytest.fixture
def deployment(kafka_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a deployment with topics."""
    monkeypatch.setenv("CHURNSTREAM_BROKERS", kafka_address)
    monkeypatch.setenv("CHURNSTREAM_TOPIC_PREFIX", f"t{uuid4().hex[:8]}.")
    assert run(["topics", "create"]) == 0


def test_check_prints_the_policy_and_what_the_rows_become(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--source", shop]) == 0
    output = capsys.readouterr().out
    assert 'horizon = "60d"' in output
    assert "29 rows read, 28 became events, 1 taken by no rule, 0 bad" in output
    assert "rule 1 (interactions: purchase): 28 rows" in output
    assert 'interactions c0: {"kind":"purchase"' in output


def test_check_fails_for_bad_rows_and_for_what_the_codec_refuses(
    broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--source", broken]) == 1
    output = capsys.readouterr().out
    assert "bad: shop.csv, row 29: time: 'soon' is not an ISO 8601 time" in output
    assert "refused: shop.csv, row 30: id_too_long" in output
    assert "1 bad rows, 1 refused events" in output


def test_check_looks_at_the_first_rows_only(
    broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--source", broken, "--rows", "28", "--json"]) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert (source["rows"], source["taken"], source["bad"]) == (28, 28, 0)
    assert source["samples"][0]["value"]["customer_id"] == "c0"


def test_check_fails_when_no_rule_takes_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source_of(tmp_path, SHOP, shop_csv=HEADER + "1,,2020-01-01,1\n")
    assert run(["check", "--source", str(tmp_path / "source.toml")]) == 1
    assert "no rule takes any of these rows" in capsys.readouterr().out


def test_check_names_a_wrong_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy.toml").write_text('[churn]\nhorizon = "soon"\n')
    assert run(["check", "--policy", str(tmp_path / "policy.toml")]) == 1
    assert "churn.horizon" in capsys.readouterr().err


def test_replay_prints_a_summary_that_adds_up(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["replay", "--source", broken, "--out", str(out)]) == 0
    output = capsys.readouterr()
    assert "29 read = 28 applied + 0 duplicate + 0 late + 1 dead-lettered" in output.out
    assert "customers: 5" in output.out
    assert "bad: shop.csv, row 29" in output.err
    assert (out / "summary.json").exists()


def test_replay_as_json_is_the_summary(
    shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["replay", "--source", shop, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((out / "summary.json").read_text())


def test_replay_does_not_write_over_something(
    shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", "--source", shop, "--out", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["produce"], 2, "Missing option '--source'"),
        (["produce", "--source", "x", "--speed", "fast"], 2, 'permitted: "max"'),
        (["produce", "--source", "x", "--speed", "0x"], 2, 'permitted: "max"'),
        (["produce", "--source", "x", "--until", "soon"], 2, "permitted: 2011-06-10"),
        (["replay", "--source", "x", "--out", "y", "--batch-size", "0"], 2, "x>=1"),
        (["produce", "--source", "none.toml"], 1, "none.toml: cannot read the source file"),
        (["replay", "--source", "none.toml", "--out", "y"], 1, "none.toml: cannot read"),
        (["check", "--source", "none.toml"], 1, "none.toml: cannot read the source file"),
    ],
)
def test_wrong_usage_is_told(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == status
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("deployment")
def test_produce_sends_and_sums_up(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["produce", "--source", shop, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["acknowledged"], document["sent"]) == (28, {"interactions": 28})
    assert document["sources"][shop]["untaken"] == 1
    assert run(["produce", "--source", shop, "--until", "2020-01-04", "--speed", "1e9x"]) == 0
    output = capsys.readouterr().out
    assert "interactions: 3 events sent" in output
    assert "done: 3 events acknowledged" in output


@pytest.mark.usefixtures("deployment")
def test_ctrl_c_says_how_far_it_came(shop: str) -> None:
    command = [sys.executable, "-m", "streams.cli", "produce", "--source", shop, "--speed", "8000x"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stderr is not None
    assert "events" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert re.search(r"^stopped: [01] events acknowledged", output, re.MULTILINE)
