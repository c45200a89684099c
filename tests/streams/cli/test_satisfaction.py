"""`satisfaction` shows what the portfolio tells, from a topic or a replay."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result

from detectors.policy import Satisfaction
from detectors.satisfaction.association import LabelHistory
from detectors.satisfaction.summary import satisfaction_of
from schemas.codec import encode
from schemas.portfolio import Portfolio
from schemas.satisfaction import SatisfactionFact
from streams.cli.main import churnstream, run

AT = datetime(2011, 6, 10, tzinfo=UTC)
RULES = Satisfaction()
FACT = SatisfactionFact(
    csat=(4, 14.0, 54.0),
    nps=(6, 1, 3),
    buyers=50,
    repeaters=30,
    customers=60,
    complainers=6,
    areas=[("product", "[bold]p1[/bold]", 5, 3_000.0)],
    labels=(100, 20),
    area_labels=[("product", "[bold]p1[/bold]", 20, 15), ("product", "", 7, 1)],
)


def portfolio(*facts: SatisfactionFact) -> Portfolio:
    found = satisfaction_of([(1, fact) for fact in facts], LabelHistory(RULES), RULES)
    return Portfolio(
        as_of=AT, version="v", customers=60, revenue=1.0, boundaries={}, satisfaction=found
    )


def written(folder: Path, *values: Portfolio) -> Path:
    path = folder / "portfolio.jsonl"
    lines = [encode(v, id="p", subject="portfolio", time=AT.timestamp()) for v in values]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return folder


def show(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(
        churnstream, ["satisfaction", *map(str, arguments)]
    )


def test_measures_and_areas_are_shown_with_their_intervals(tmp_path: Path) -> None:
    result = show("--replay", written(tmp_path, portfolio(FACT)))
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[2][:5] == ["CSAT", "(1", "to", "5)", "3.50"]
    assert rows[3][4:] == ["+30", "-25", "to", "+75", "10"]
    assert rows[4] == ["repurchase", "60.0%", "46.2%", "to", "72.4%", "30", "of", "50"]
    assert rows[5][3:4] + rows[5][-3:] == ["10.0%", "6", "of", "60"]
    assert rows[9][:6] == ["product:", "[bold]p1[/bold]", "20", "75.0%", "6.2%", "+68.8*"]
    assert rows[9][-1] == "2,062"
    assert rows[10][:3] == ["product:", "all", "others"]


def test_the_latest_portfolio_counts(tmp_path: Path) -> None:
    assert "3.50" in show("--replay", written(tmp_path, portfolio(), portfolio(FACT))).stdout


def test_as_json_it_is_one_document(tmp_path: Path) -> None:
    result = show("--replay", written(tmp_path, portfolio(FACT)), "--json")
    found = orjson.loads(result.stdout)
    assert found["as_of"].startswith("2011-06-10")
    assert found["nps"]["promoters"] == 6
    assert found["areas"][0]["is_clear"] is True


def test_without_surveys_or_areas_it_says_so(tmp_path: Path) -> None:
    result = show("--replay", written(tmp_path, portfolio()))
    assert result.exit_code == 0
    assert "no areas yet" in result.stdout
    assert result.stdout.count("–") >= 5


@pytest.mark.parametrize("known", [True, False])
def test_nothing_to_show_is_told_in_one_line(
    tmp_path: Path, known: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    older = msgspec.structs.replace(portfolio(FACT), satisfaction=None)
    path = written(tmp_path, *([older] if known else []))
    assert run(["satisfaction", "--replay", str(path)]) == 1
    error = capsys.readouterr().err
    assert "tells nothing of satisfaction yet" in error
    assert error.count("\n") == 1
