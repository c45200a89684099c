"""``churnstream backtest`` as a person calls it."""

import csv
import json
from pathlib import Path

import pytest

from streams.cli.main import run
from tests.streams.backtest.shop import purchases, shop, until

POLICY = """
[churn]
active_window = "60d"
horizon = "30d"
[model]
min_labels = 100
snapshot_interval = "5d"
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """The command with a small source and its policy."""
    source = shop(tmp_path, until("19971001", of_every=20))
    (tmp_path / "policy.toml").write_text(POLICY)
    policy = str(tmp_path / "policy.toml")
    return ["backtest", "--source", str(source.path), "--policy", policy]


def test_the_table_names_the_measures(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    output = capsys.readouterr().out
    for word in ("silence within 30 days", "churnstream", "AUC", "ECE", "log loss", "judged"):
        assert word in output


def test_json_is_one_document_and_equal_again_but_for_the_seconds(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    documents = []
    for _ in range(2):
        assert run([*arguments, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        del document["seconds"], document["models"][0]["seconds"]
        documents.append(document)
    assert documents[0] == documents[1]
    assert documents[0]["judged"]["rows"] > 0
    assert documents[0]["events"]["read"] == documents[0]["events"]["applied"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("upgrade", "spend within 20 days"),
        ("silence-60d", "silence within 60 days"),
    ],
)
def test_any_target_of_the_policy_is_judged_by_its_name(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    told: str,
) -> None:
    also = '[{ definition = "silence", horizon = "60d" }]'
    text = POLICY.replace("[model]", f"also = {also}\n[model]")
    text += '[upgrade]\ndefinition = "spend"\nhorizon = "20d"\n'
    (tmp_path / "policy.toml").write_text(text)
    assert run([*arguments, "--target", name]) == 0
    output = capsys.readouterr().out
    assert told in output
    assert "AUC" in output


def test_scores_are_in_the_order_of_the_rows_and_the_unknown_are_told(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    customer = purchases(20)[0]["customer_id"]
    asked = [("nobody", "1997-09-01"), (customer, "1997-12-01"), (customer, "1997-09-01")]
    rows, out = tmp_path / "rows.csv", tmp_path / "scores.csv"
    rows.write_text("customer_id,cutoff\n" + "".join(f"{c},{d}\n" for c, d in asked))
    assert run([*arguments, "--score-at", str(rows), "--scores-out", str(out)]) == 0
    assert "1 of 3 rows name a customer of whom nothing was known" in capsys.readouterr().err
    with out.open() as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == [
        "customer_id",
        "cutoff",
        "score",
        "basis",
        "model_version",
        "confidence",
    ]
    assert [(row["customer_id"], row["cutoff"]) for row in found] == asked
    assert (found[0]["score"], found[0]["basis"], found[0]["confidence"]) == ("", "unknown", "")
    assert all(0 < float(row["score"]) < 1 for row in found[1:])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer,cutoff\nc,1997-09-01\n", "has no column customer_id"),
        ("customer_id,cutoff\nc,1997-09-01\nc,soon\n", "row 2 (line 3): cutoff 'soon' is no date"),
        ("customer_id,cutoff\nc\n", "row 1 (line 2): cutoff '' is no date"),
        ("customer_id,cutoff\n,1997-09-01\n", "row 1 (line 2): customer_id is empty"),
        ('customer_id,cutoff\n"a\nb",1997-09-01\n\nc,\n', "row 2 (line 5): cutoff"),
        ("customer_id,cutoff\n", "holds no row"),
        ("", "has no column customer_id and cutoff"),
    ],
)
def test_bad_rows_are_named(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    message: str,
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(text)
    assert run([*arguments, "--score-at", str(rows)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "rows.csv" in error


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (["--target", "silence-90d"], 2, "permitted: churn, upgrade, silence-30d, acceptance-30d"),
        (["--cutoffs", "36h"], 2, "whole days"),
        (["--cutoffs", "soon"], 2, "is not a duration"),
        (["--from", "soon"], 2, "no date"),
        (["--score-at", "no.csv"], 1, "no.csv: cannot be read"),
        (["--score-at", "no.csv", "--from", "1997-01-01"], 2, "rows of --score-at have theirs"),
        (["--from", "1997-09-01", "--until", "1997-08-31"], 2, "--until lies before --from"),
        (["--scores-out", "no/scores.csv"], 1, "no/scores.csv: cannot be written"),
        (["--report", "no/report.html"], 1, "no/report.html: cannot be written"),
    ],
)
def test_wrong_usage_is_told(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*arguments, *more]) == status
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("bounds", [["--from", "2001-01-01"], ["--until", "1990-01-01"]])
def test_cut_offs_outside_the_data_are_told(
    arguments: list[str], tmp_path: Path, bounds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shop(tmp_path, until("19970401", of_every=20))
    assert run([*arguments, *bounds]) == 0
    error = " ".join(capsys.readouterr().err.split())
    assert "no cut-off lies between --from and --until: the data reach from 1997-01-" in error


def test_a_horizon_beyond_the_data_is_told(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_text(POLICY.replace("30d", "700d"))
    assert run(arguments) == 0
    output = capsys.readouterr()
    assert "no row can be judged" in output.err
    assert "0 judged" in output.out
