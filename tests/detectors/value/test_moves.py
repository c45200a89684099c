"""Moves in the pyramid and the ABC are events (D4, D5)."""

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

from detectors.durations import DAY
from detectors.value.pyramid import LEVELS
from schemas.level_move import LevelMove
from schemas.portfolio import Portfolio
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    on,
    policy_of,
    profile,
    purchase,
    records,
    rhythm,
)
from tests.laws.stage import Stage, run

BASE: Any = {
    "churn": {"review_interval": "1d", "active_window": "30d", "horizon": "10d"},
    "value": {"window": "28d"},
}
POLICY = policy_of(**BASE)


def crowd(days: int = 90) -> list[Happening]:
    """A hundred who buy every week on their day, each a little more than the one before."""
    return [
        event
        for n in range(100)
        for event in rhythm(f"c{n:02}", n % 7 + n / 200, 7, days // 7, 1.05**n)
    ]


def climber() -> list[Happening]:
    """Little for a month, then much, then nothing any more."""
    few = [purchase(f"f{n}", "ann", on(30.5 + 3 * n), 1.0) for n in range(4)]
    many = [purchase(f"m{n}", "ann", on(45.5 + 3 * n), 900.0) for n in range(3)]
    return [profile("p", "ann", on(20)), *few, *many]


@cache
def shop() -> Stage:
    story = sorted([*crowd(), *climber()], key=lambda event: event.at)
    return run(records(story), POLICY, until=on(100))


def moves_of(customer: str, scale: str = "pyramid") -> list[LevelMove]:
    return [
        move
        for move in shop().payloads("level-moves")
        if move.customer_id == customer and move.scale == scale
    ]


def test_a_customer_is_added_rises_and_leaves() -> None:
    moves = moves_of("ann")
    assert [(move.direction, move.to_level) for move in moves] == [
        ("added", "small"),
        ("up", "top"),
        ("left", "inactive"),
    ]
    assert moves[0].from_level == "suspect"
    assert all(before.to_level == after.from_level for before, after in pairwise(moves))
    assert moves[1].amount > 900


def test_every_move_is_of_a_review_that_knew_the_boundaries() -> None:
    versions = {item.version for item in shop().published if isinstance(item, Portfolio)}
    for move in shop().payloads("level-moves"):
        assert move.occurred_at.timestamp() % DAY == 0
        assert move.direction == "left" or move.portfolio in versions


def test_the_view_of_a_customer_stands_where_the_last_move_led() -> None:
    """Also where no alert ends with it, as in the control group."""
    quiet = policy_of(churn=BASE["churn"], value={"window": "60d"}, alerts={"control_share": 0.5})
    story = sorted([*crowd(), *climber()], key=lambda event: event.at)
    stage = run(records(story), quiet, until=on(130))
    moves = [move for move in stage.payloads("level-moves") if move.scale == "pyramid"]
    stands = {move.customer_id: move.to_level for move in moves}
    views = {view.customer_id: view.level for view in stage.payloads("customer-state")}
    assert stands["ann"] == "inactive"
    assert {customer: views[customer] for customer in stands} == stands


def test_nobody_moves_without_a_reason() -> None:
    """Equal purchases every week: what is in the window stays the same."""
    counts = Counter(
        move.customer_id
        for move in shop().payloads("level-moves")
        if on(40) <= move.occurred_at.timestamp() <= on(80)
    )
    # The best falls behind Ann for a while, and those at boundaries are moved by nobody.
    assert counts.keys() <= {"ann", "c99", "c98", "c95", "c80", "c81", "c24", "c23"}


def test_moves_are_counted_in_the_portfolio_once() -> None:
    told = Counter(
        (move.scale, move.from_level or "", move.to_level)
        for move in shop().payloads("level-moves")
    )
    facts = [fact for fact in shop().payloads("portfolio-facts") if fact.moves]
    counted: Counter[tuple[str, str, str]] = Counter()
    for fact in facts:
        for scale, before, after, number in fact.moves:
            counted[scale, before, after] += number
    assert counted == told


def test_the_portfolio_tells_of_levels_classes_and_what_they_bring() -> None:
    portfolios = [item for item in shop().published if isinstance(item, Portfolio)]
    full = next(item for item in portfolios if item.as_of.timestamp() == on(72))
    assert list(full.levels) == list(LEVELS)
    assert list(full.grades) == ["A", "B", "C", "C-"]
    # Ann has not bought for 20 days, but within the window.
    assert sum(rung.customers for rung in full.levels.values()) == 101
    assert sum(rung.customers for rung in full.grades.values()) == 101
    assert full.customers == 101
    total = sum(rung.revenue for rung in full.levels.values())
    assert abs(total - full.revenue) < 0.05
    assert abs(sum(rung.profit for rung in full.grades.values()) - full.profit) < 0.05
    assert full.concentration["revenue"]["0.01"] < full.concentration["revenue"]["0.2"] < 1
    assert full.grade_boundaries["A"] > full.grade_boundaries["B"] > full.grade_boundaries["C"]
    assert sum(rung.labelled for rung in full.levels.values()) > 90
    assert all(0 <= rung.risk <= 1 for rung in full.levels.values())


def test_with_one_customer_it_is_top_and_a() -> None:
    stage = run(records(rhythm("ann", 0, 5, 6)), POLICY, until=on(28))
    state = stage.customers["ann"]
    assert (state.level, state.grade) == ("top", "A")
    assert state.key_since >= FIRST_DAY


def test_with_fifty_customers_the_best_alone_is_top() -> None:
    """One per cent of fifty is nobody: the first 1 % begins with the best customer."""
    story = [e for n in range(50) for e in rhythm(f"c{n:02}", n % 7 + n / 100, 7, 8, 1.1**n)]
    stage = run(records(sorted(story, key=lambda e: e.at)), POLICY, until=on(52))
    levels = Counter(state.level for state in stage.customers.values())
    assert levels == {"top": 1, "large": 2, "medium": 7, "small": 40}
    assert stage.customers["c49"].level == "top"
    grades = Counter(state.grade for state in stage.customers.values())
    assert grades == {"A": 3, "B": 7, "C": 28, "C-": 12}
