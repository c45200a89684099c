"""`explain` and `audit` of a replay's folder, without a broker."""

import json
from pathlib import Path

import pytest

from streams.cli.main import run
from tests.streams.backtest.shop import shop, until

POLICY = """
[churn]
active_window = "60d"
horizon = "20d"
[model]
min_labels = 100
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a replay of a small shop wrote, beside its policy."""
    place = tmp_path_factory.mktemp("replayed")
    source = shop(place, until("19970601", of_every=40))
    (place / "policy.toml").write_text(POLICY)
    line = ["replay", "--source", str(source.path), "--out", str(place / "out")]
    assert run([*line, "--policy", str(place / "policy.toml")]) == 0
    return place


def called(folder: Path, *words: str) -> list[str]:
    return [*words, "--replay", str(folder / "out"), "--policy", str(folder / "policy.toml")]


def lines_of(folder: Path, topic: str) -> list[dict[str, object]]:
    text = (folder / "out" / f"{topic}.jsonl").read_text()
    return [json.loads(line)["data"] for line in text.splitlines()]


def test_explain_gives_the_published_score_of_everybody_to_the_bit(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    views = {str(view["customer_id"]): view for view in lines_of(folder, "customer-state")}
    chosen = sorted(views)[:3]
    for customer in chosen:
        capsys.readouterr()
        assert run(called(folder, "explain", customer, "--json")) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["probability"] == found["published"]
        assert found["model_version"] == views[customer]["model_version"]
        total = found["reference_log_odds"] + sum(p["contribution"] for p in found["contributions"])
        assert total + found["rest"] == pytest.approx(found["log_odds"], abs=1e-9)


def test_audit_finds_the_alerts_equal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alert = lines_of(folder, "churn-risk")[-1]
    assert run(called(folder, "audit", str(alert["alert_id"]))) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"Alert {alert['alert_id']} of customer {alert['customer_id']}"
    assert told[-1] == "equal"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["explain", "nobody"], 1, "customer 'nobody' is not in the replay"),
        (["audit", "nothing"], 1, "alert 'nothing' is not in topic churn-risk"),
        (["explain", "nobody", "--brokers", "b:9092"], 2, "leave --brokers and --topic-prefix out"),
    ],
)
def test_what_is_not_there_is_told(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    message: str,
) -> None:
    assert run(called(folder, *words)) == status
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_folder_without_a_replay_and_a_broken_file_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "c", "--replay", str(tmp_path)]) == 1
    assert "customers-changelog.jsonl: is not there" in capsys.readouterr().err
    (tmp_path / "customers-changelog.jsonl").write_text('{"key": "c", "value": "AA=="}\nx\n')
    assert run(["explain", "c", "--replay", str(tmp_path)]) == 1
    assert "customers-changelog.jsonl, line 2: is no record" in capsys.readouterr().err
