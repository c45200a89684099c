"""Backtests of offers: scored as they are made, judged by their answers."""

from pathlib import Path

import pytest

from detectors.policy import parse_policy
from streams.backtest.judged import judge
from streams.backtest.moments import Cutoffs, NamedRows
from streams.backtest.run import Backtest, Outcome
from streams.backtest.targets import AcceptanceTarget
from streams.sources.source import Source
from tests.streams.backtest.shop import day
from tests.streams.sources.files import source_of

POLICY = parse_policy(
    {
        "upgrade": {"horizon": "5d"},
        "model": {"min_labels": 40},
        "features": {"profile_attributes": ["kind_of_call"]},
    }
)
MAPPING = """
[source]
path = "calls.csv"
timezone = "UTC"
[[event]]
topic = "interactions"
when = { what = "offer" }
set = { kind = "offer" }
map = { customer_id = "who", occurred_at = "at", "attributes.kind_of_call" = "call" }
[[event]]
topic = "interactions"
set = { kind = "offer_response" }
map = { customer_id = "who", occurred_at = "at", "attributes.accepted" = "call" }
"""


def calls(folder: Path, *, answers: bool = True, days: int = 28) -> Source:
    """Ten offers a day; every third customer is called warmly, and says yes the same evening."""
    lines = ["who,what,at,call"]
    for number in range(days * 10):
        on, who, warm = f"2009-02-{number // 10 + 1:02d}", f"c{number}", number % 3 == 0
        lines.append(f"{who},offer,{on} 09:{number % 10:02d},{'warm' if warm else 'cold'}")
    if answers:
        for number in range(0, days * 10, 3):
            lines.append(f"c{number},answer,2009-02-{number // 10 + 1:02d} 19:00,yes")
    folder.mkdir(exist_ok=True)
    return source_of(folder, MAPPING, calls_csv="\n".join([lines[0], *sorted(lines[1:], key=_at)]))


def _at(line: str) -> str:
    return line.split(",")[2]


def ran(source: Source, moments: Cutoffs | NamedRows | None = None) -> Outcome:
    return Backtest(POLICY, AcceptanceTarget(POLICY), moments or Cutoffs(1)).run([source])


def said(outcome: Outcome) -> dict[tuple[str, int], float]:
    scored = outcome.scored
    keys = zip(scored.customers, scored.days.tolist(), strict=True)
    return dict(zip(keys, scored.probability.tolist(), strict=True))


def test_every_offer_is_scored_on_its_day_and_learned_from_its_answer(tmp_path: Path) -> None:
    outcome = ran(calls(tmp_path))
    assert len(outcome.scored) == 280
    assert set(outcome.scored.basis) == {"prior", "model"}
    assert set(list(said(outcome).values())[:50]) == {0.1}
    last = {c: p for (c, on), p in said(outcome).items() if on == day("2009-02-28")}
    warm = [p for customer, p in last.items() if int(customer[1:]) % 3 == 0]
    cold = [p for customer, p in last.items() if int(customer[1:]) % 3]
    assert min(warm) > 0.5 > max(cold)


def test_the_answer_of_the_same_day_is_not_known_to_the_score(tmp_path: Path) -> None:
    """Without the last days' answers every score is the same: none had matured."""
    answered = said(ran(calls(tmp_path / "a", days=5)))
    unanswered = said(ran(calls(tmp_path / "b", days=5, answers=False)))
    assert answered == unanswered


def test_named_rows_of_offers_get_the_score_of_the_offer(tmp_path: Path) -> None:
    every = said(ran(calls(tmp_path)))
    rows = [("c270", day("2009-02-28")), ("c13", day("2009-02-02")), ("c200", day("2009-02-21"))]
    named = ran(calls(tmp_path), NamedRows(rows))
    assert named.scored.customers == [customer for customer, _ in rows]
    assert said(named) == {row: every[row] for row in rows}


def test_the_truth_is_the_answer_within_the_horizon(tmp_path: Path) -> None:
    target = AcceptanceTarget(POLICY)
    outcome = Backtest(POLICY, target, Cutoffs(1)).run([calls(tmp_path)])
    judged = judge(outcome, target, first=0, period=7)
    customers = [outcome.scored.customers[row] for row in judged.rows.tolist()]
    assert judged.truth.tolist() == [int(customer[1:]) % 3 == 0 for customer in customers]
    assert max(judged.days) == day("2009-02-28") - 5
    begin = day("2009-02-01")
    assert list(judged.by_day) == [begin, begin + 7, begin + 14, begin + 21]


@pytest.mark.parametrize("period", [1, 7, 30])
def test_rows_of_a_period_are_ranked_together(tmp_path: Path, period: int) -> None:
    target = AcceptanceTarget(POLICY)
    outcome = Backtest(POLICY, target, Cutoffs(1)).run([calls(tmp_path)])
    judged = judge(outcome, target, first=0, period=period)
    for cutoff, rows in judged.by_day.items():
        assert all(cutoff <= on < cutoff + period for on in judged.days[rows].tolist())
