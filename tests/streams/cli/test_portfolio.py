"""`portfolio` shows the pyramid and the ABC of a replay's file, or says why there is none."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from schemas.codec import encode
from schemas.customer_state import CustomerState
from schemas.customer_value import CustomerValue
from schemas.portfolio import Moved, Portfolio, Rung
from streams.cli.customer_view import print_customer
from streams.cli.main import churnstream, run
from streams.cli.portfolio_view import moves_at

AT = datetime(2011, 6, 10, tzinfo=UTC)


def portfolio(version: str = "new") -> Portfolio:
    return Portfolio(
        as_of=AT,
        version=version,
        customers=200,
        revenue=1_000.0,
        boundaries={"top": 90.0, "large": 40.0, "medium": 9.5},
        counts={"top": 2, "small": 198},
        profit=-20.0,
        concentration={"revenue": {"0.01": 0.2, "0.05": 0.35, "0.2": 0.625}},
        levels={
            "top": Rung(customers=2, revenue=200.0, profit=60.0, risk=0.1, labelled=4, churned=1),
            "small": Rung(customers=198, revenue=800.0, profit=-80.0, risk=0.6),
        },
        grades={"A": Rung(customers=10, revenue=300.0, profit=90.0, risk=0.2)},
        moves=[
            Moved(scale="pyramid", from_level="small", to_level="top", customers=3),
            Moved(scale="pyramid", from_level="", to_level="small", customers=7),
            Moved(scale="abc", from_level="", to_level="A", customers=5),
        ],
        gaps={"": 12.0},
    )


def written(folder: Path, *portfolios: Portfolio) -> Path:
    path = folder / "portfolio.jsonl"
    lines = [
        encode(item, id=item.version, subject="portfolio", time=AT.timestamp())
        for item in portfolios
    ]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return folder


def show(*arguments: object) -> Result:
    return CliRunner().invoke(churnstream, ["portfolio", *map(str, arguments)])


def test_the_newest_portfolio_of_a_replay_is_shown(tmp_path: Path) -> None:
    written(tmp_path, portfolio("old"), portfolio("new"))
    result = show("--replay", tmp_path)
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    top = ["top", "2", "1.0%", "200", "20.0%", "60", "3", "0", "10%", "25.0%"]
    assert top in lines
    assert ["small", "198", "99.0%", "800", "80.0%", "-80", "7", "3", "60%"] in lines
    assert "version new" in result.output
    assert "revenue of the best 1%: 20.0% · best 5%: 35.0% · best 20%: 62.5%" in result.output


def test_the_document_holds_the_same_and_nothing_internal(tmp_path: Path) -> None:
    result = show("--replay", written(tmp_path, portfolio()), "--json")
    found = orjson.loads(result.output)
    assert found["levels"]["top"]["churned"] == 1
    assert found["concentration"]["revenue"]["0.05"] == 0.35
    assert found["moves"][0]["to_level"] == "top"
    assert "watch" not in found
    assert moves_at(portfolio(), "abc", "A") == (5, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "holds no portfolio yet"), ("x\n", "line 1: is no record of portfolio")],
)
def test_without_a_portfolio_the_status_is_1(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "portfolio.jsonl").write_text(content)
    result = show("--replay", tmp_path)
    assert result.exit_code == 1
    assert message in result.output or message in str(result.exception)


def test_a_folder_of_something_else_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["portfolio", "--replay", str(tmp_path)]) == 1
    assert "portfolio.jsonl: is not there; name the folder" in capsys.readouterr().err


def test_a_customer_s_value_is_shown_in_words() -> None:
    value = CustomerValue(
        revenue=100.0, margin=40.0, costed_share=0.5, cost_to_serve=12.0, complaint_cost=7.0,
        acquisition_cost=30.0, relationship_value=-2.0, yearly_revenue=400.0, yearly_profit=120.0,
        retention=0.5, lifetime_years=1.4, clv=150.0, clv_next_year=80.0, confidence=0.6,
        grade="A", loyalty="regular", stage="decline", wallet_share=0.8, cell="let_go",
        discount_driven=True, rhythm_days=9.5, rhythm_of="category", key_account=True,
    )  # fmt: skip
    state = CustomerState(
        customer_id="ann", as_of=AT, first_seen=AT, occasions=3, spend_window=9.0, value=value,
        currency="EUR",
    )  # fmt: skip
    console = Console(width=120)
    with console.capture() as captured:
        print_customer(console, state, [])
    shown = captured.get()
    for text in (
        "revenue 100 EUR · margin 40 EUR, cost stated for 50%",
        "serving 12 EUR · marketing 0 EUR · winning 30 EUR (complaints 7 EUR of serving)",
        "-2 EUR",
        "next year 80 EUR · in all 150 EUR (confidence 60%)",
        "50% for a year · 1.4 years",
        "A · regular · decline · buys only with a discount · key account",
        "80% · let go",
        "every 9.5 days (its category's)",
    ):
        assert text in shown
    with console.capture() as captured:
        print_customer(
            console,
            CustomerState(
                customer_id="ann", as_of=AT, first_seen=AT, occasions=3, spend_window=9.0
            ),
            [],
        )
    assert "Value:" not in captured.get()
