"""The run of a backtest: as of time, in the order asked for, on the events alone."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from streams.backtest.judged import judge
from streams.backtest.ledger import Ledger
from streams.backtest.moments import Cutoffs, NamedRows
from streams.backtest.run import Backtest, BacktestError, Outcome
from streams.backtest.scored import UNKNOWN, Scored
from streams.backtest.targets import ChurnTarget
from tests.streams.backtest.shop import day, policy, purchases, shop, until
from tests.streams.sources.files import source_of


@lru_cache
def whole(folder: Path) -> tuple[Outcome, ChurnTarget]:
    rules = policy()
    target = ChurnTarget(rules)
    return Backtest(rules, target, Cutoffs(7)).run([shop(folder)]), target


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, ChurnTarget]:
    return whole(tmp_path_factory.mktemp("shop"))


def by_row(scored: Scored) -> dict[tuple[str, int], tuple[object, ...]]:
    """Everything said of each customer and day."""
    said = zip(
        scored.probability.tolist(),
        scored.basis,
        scored.version,
        scored.confidence.tolist(),
        strict=True,
    )
    return dict(zip(zip(scored.customers, scored.days.tolist(), strict=True), said, strict=True))


def test_the_model_speaks_in_this_slice(run: tuple[Outcome, ChurnTarget]) -> None:
    outcome, _ = run
    assert outcome.labels > 500
    assert {"prior", "model"} <= set(outcome.scored.basis)


@pytest.mark.parametrize("last", ["1997-07-08", "1997-11-25"])
def test_events_after_a_cutoff_change_no_score_at_it(
    run: tuple[Outcome, ChurnTarget], tmp_path: Path, last: str
) -> None:
    rows = tuple(row for row in purchases() if row["date"] <= last.replace("-", ""))
    rules = policy()
    cut = Backtest(rules, ChurnTarget(rules), Cutoffs(7)).run([shop(tmp_path, rows)])
    before, after = by_row(cut.scored), by_row(run[0].scored)
    end = cut.last_day
    assert before == {key: said for key, said in after.items() if key[1] <= end}
    assert max(on for _, on in before) > end - 7


def test_named_rows_get_the_scores_of_the_cutoffs_in_their_own_order(
    run: tuple[Outcome, ChurnTarget], tmp_path: Path
) -> None:
    asked = [(c, on) for c, on in by_row(run[0].scored)][::97]
    asked = asked[1::2][::-1] + asked[::2]
    rules = policy()
    found = Backtest(rules, ChurnTarget(rules), NamedRows(asked)).run([shop(tmp_path)]).scored
    assert list(zip(found.customers, found.days.tolist(), strict=True)) == asked
    said = by_row(run[0].scored)
    assert found.probability.tolist() == [said[row][0] for row in asked]


def test_named_rows_may_be_anybody_at_any_time(tmp_path: Path) -> None:
    known = purchases()[0]["customer_id"]
    first = day(f"{purchases()[0]['date'][:4]}-01-01")
    rows = [
        (known, first + 500),  # long after the data, and out of the population
        ("nobody", first + 200),
        (known, first - 10),  # before the data
        (known, first + 200),
        (known, first + 200),
    ]
    rules = policy()
    source = shop(tmp_path, until("19970901"))
    found = Backtest(rules, ChurnTarget(rules), NamedRows(rows)).run([source]).scored
    assert [basis == UNKNOWN for basis in found.basis] == [False, True, True, False, False]
    assert np.isnan(found.probability).tolist() == [False, True, True, False, False]
    assert found.probability[3] == found.probability[4]
    assert [version == "" for version in found.version] == [False, True, True, False, False]


@pytest.mark.parametrize("definition", ["silence", "cancellation"])
def test_truth_is_the_naive_count(tmp_path: Path, definition: str) -> None:
    toml = """
[source]
path = "events.csv"
timezone = "UTC"
[[event]]
topic = "interactions"
map = { customer_id = "who", occurred_at = "day", kind = "what" }
"""
    random = np.random.default_rng(4)
    kinds = ["purchase", "purchase", "visit", "cancel"]
    events = sorted(
        (f"2020-{1 + on // 28:02}-{1 + on % 28:02}", f"c{who}", kinds[what])
        for who in range(12)
        for on, what in zip(random.integers(0, 300, 9), random.integers(0, 4, 9), strict=True)
    )
    text = "day,who,what\n" + "".join(",".join(row) + "\n" for row in events)
    rules = policy(definition=definition)
    target = ChurnTarget(rules)
    outcome = Backtest(rules, target, Cutoffs(3)).run([source_of(tmp_path, toml, events_csv=text)])
    judged = judge(outcome, target, first=0)
    kind = "cancel" if definition == "cancellation" else "purchase"
    days = {(who, day(on)) for on, who, what in events if what == kind}
    naive = []
    for row, on in zip(judged.rows.tolist(), judged.days.tolist(), strict=True):
        who = outcome.scored.customers[row]
        happened = any((who, later) in days for later in range(on + 1, on + 31))
        naive.append(happened if definition == "cancellation" else not happened)
    assert naive
    assert judged.truth.tolist() == naive


def test_cutoffs_take_all_of_the_population_and_nobody_else(
    run: tuple[Outcome, ChurnTarget],
) -> None:
    scored = run[0].scored
    bought: dict[str, list[int]] = {}
    for row in purchases():
        text = row["date"]
        on = day(f"{text[:4]}-{text[4:6]}-{text[6:]}")
        bought.setdefault(row["customer_id"], []).append(on)
    expected = {
        (customer, cutoff)
        for cutoff in range(run[0].first_day, run[0].last_day + 1, 7)
        for customer, days in bought.items()
        if any(cutoff - 60 < on <= cutoff for on in days)
    }
    found = list(zip(scored.customers, scored.days.tolist(), strict=True))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_only_the_second_half_with_a_complete_horizon_is_judged(
    run: tuple[Outcome, ChurnTarget],
) -> None:
    outcome, target = run
    judged = judge(outcome, target)
    assert judged.days.min() >= (outcome.first_day + outcome.last_day) / 2
    assert judged.days.max() + 30 <= outcome.last_day
    later = judge(outcome, target, first=int(judged.days.max()))
    assert set(later.days.tolist()) == {int(judged.days.max())}


def test_bounds_hold_the_cutoffs(tmp_path: Path) -> None:
    rules = policy()
    first, last = day("1997-05-01"), day("1997-06-01")
    moments = Cutoffs(7, first, last)
    source = shop(tmp_path, until("19970701"))
    found = Backtest(rules, ChurnTarget(rules), moments).run([source]).scored.days
    assert found.min() >= first
    assert found.max() <= last
    assert len(set(found.tolist())) == 4


def test_without_events_there_is_nothing_to_test(tmp_path: Path) -> None:
    rules = policy()
    with pytest.raises(BacktestError, match="no event"):
        Backtest(rules, ChurnTarget(rules), Cutoffs(7)).run([shop(tmp_path, ())])


def test_counts_of_a_ledger_are_as_of_the_day() -> None:
    ledger = Ledger(policy())
    assert ledger.customers == []
    number, first, last = ledger.active.counts(np.array([-1]), np.array([5]))
    assert (number.tolist(), first.tolist(), last.tolist()) == ([0], [-1], [-1])
