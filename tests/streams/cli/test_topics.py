"""``churnstream topics`` against a real (embedded) broker: text, JSON and exit status."""

import json
from uuid import uuid4

import pytest

from streams.cli.main import run
from streams.topics import TOPICS


@pytest.fixture
def deployment(kafka_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings of a deployment without topics yet; its prefix."""
    name = f"t{uuid4().hex}"
    monkeypatch.setenv("CHURNSTREAM_BROKERS", kafka_address)
    monkeypatch.setenv("CHURNSTREAM_TOPIC_PREFIX", f"{name}.")
    monkeypatch.setenv("CHURNSTREAM_APP_ID", name)
    return f"{name}."


def test_check_fails_then_create_makes_them_then_check_succeeds(
    deployment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics", "check"]) == 1
    output = capsys.readouterr().out
    assert f"problem: {deployment}churn-risk: missing" in output
    assert f"{len(TOPICS)} topics checked, {len(TOPICS)} problems" in output
    assert run(["topics", "create"]) == 0
    output = capsys.readouterr().out
    assert f"created {deployment}churn-risk, partitions: 4" in output
    assert run(["topics", "check"]) == 0
    assert capsys.readouterr().out == f"{len(TOPICS)} topics checked, 0 problems\n"
    assert run(["topics", "create"]) == 0
    assert f"0 topics created, {len(TOPICS)} were there already" in capsys.readouterr().out


def test_json_is_one_document_each_time(
    deployment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics", "create", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["created"]) == len(TOPICS)
    assert run(["topics", "describe", "--json"]) == 0
    described = {item["topic"]: item for item in json.loads(capsys.readouterr().out)["topics"]}
    assert described["portfolio"]["partitions"] == 1
    assert described["churn-risk"]["physical"] == f"{deployment}churn-risk"
    assert run(["topics", "check", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"ok": True, "differences": [], "not_reported": []}


@pytest.mark.usefixtures("deployment")
def test_a_missing_topic_is_a_difference_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "check", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert {item["what"] for item in document["differences"]} == {"topic"}


def test_describe_shows_a_line_a_topic(deployment: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "create"]) == 0
    capsys.readouterr()
    assert run(["topics", "describe"]) == 0
    heading, *lines, summary = capsys.readouterr().out.splitlines()
    assert heading.split() == [
        "topic",
        "partitions",
        "copies",
        "cleanup",
        "retention",
        "max",
        "bytes",
    ]
    assert len(lines) == len(TOPICS)
    churn_risk = next(line for line in lines if line.startswith(f"{deployment}churn-risk"))
    assert "delete" in churn_risk
    assert "90 d" in churn_risk
    assert summary == f"{len(TOPICS)} of {len(TOPICS)} topics exist"


def test_options_win_over_the_environment(
    kafka_address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHURNSTREAM_BROKERS", "127.0.0.1:1")
    prefix = f"t{uuid4().hex}."
    options = ["--brokers", kafka_address, "--topic-prefix", prefix]
    assert run(["topics", "check", *options]) == 1
    assert f"{prefix}interactions: missing" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["create", "describe", "check"])
def test_without_a_broker_one_line_says_what_to_do(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics", command, "--brokers", "127.0.0.1:1"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "127.0.0.1:1: Connection refused" in error
    assert "churnstream broker" in error


def test_wrong_settings_are_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHURNSTREAM_PARTITIONS", "none")
    assert run(["topics", "create"]) == 2
    assert "CHURNSTREAM_PARTITIONS: 'none' is not permitted" in capsys.readouterr().err
