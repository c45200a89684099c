"""Upgrades by level and by spend: judged by what the events themselves say."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pytest

from detectors.policy import Policy, parse_policy
from detectors.targets import Target as Predicted
from detectors.targets import target_of as what
from detectors.value.pyramid import LEVELS, level_of
from schemas.codec import Decoded
from schemas.portfolio import Portfolio
from schemas.training_example import TrainingExample
from streams.backtest.judged import judge
from streams.backtest.ledger import Ledger
from streams.backtest.moments import Cutoffs
from streams.backtest.pyramid import Pyramid
from streams.backtest.run import Backtest, Outcome
from streams.backtest.spending import Spending
from streams.backtest.targets import Target, target_called
from streams.sources.source import Source
from tests.detectors.builders import FIRST_DAY, Happening, interaction, on
from tests.streams.backtest.shop import day
from tests.streams.sources.files import source_of

MAPPING = """
[source]
path = "events.csv"
timezone = "UTC"
[[event]]
topic = "interactions"
map = { customer_id = "who", occurred_at = "day", kind = "what", amount = "amount" }
"""
DAYS = 240
LEVEL, SPEND = "level", "spend"


def rules(definition: str) -> Policy:
    return parse_policy(
        {
            "churn": {"active_window": "60d", "horizon": "40d"},
            "upgrade": {"definition": definition, "horizon": "20d", "ratio": 1.5},
            "model": {"snapshot_interval": "30d"},
            "value": {"window": "30d", "top": 0.05, "large": 0.1, "medium": 0.2},
        }
    )


@lru_cache
def made_up() -> list[tuple[str, str, str, float]]:
    """Day, customer, kind and amount of what forty customers do."""
    random = np.random.default_rng(7)
    kinds = ["purchase"] * 8 + ["return", "visit"]
    events = [
        (
            str(np.datetime64("2020-01-01") + int(number)),
            f"c{random.integers(40)}",
            kinds[random.integers(len(kinds))],
            round(float(random.gamma(1.0, 30.0)), 2),
        )
        for number in random.integers(0, DAYS, 1500)
    ]
    return sorted(events)


def source(folder: Path) -> Source:
    lines = [",".join(map(str, event)) for event in made_up()]
    return source_of(folder, MAPPING, events_csv="day,who,what,amount\n" + "\n".join(lines))


@lru_cache
def bought() -> dict[str, list[tuple[int, float]]]:
    """Day and signed amount of what each customer bought and returned."""
    signs = {"purchase": 1, "return": -1}
    found: dict[str, list[tuple[int, float]]] = {}
    for at, customer, kind, amount in made_up():
        found.setdefault(customer, []).append((day(at), signs.get(kind, 0) * amount))
    return found


def net(who: str, first: int, last: int) -> float:
    """Purchases less returns from day `first` to day `last`."""
    return sum(amount for at, amount in bought()[who] if first <= at <= last)


class Remembering(Pyramid):
    """Keeps the portfolios."""

    def __init__(self) -> None:
        super().__init__()
        self.portfolios: list[Portfolio] = []

    def note(self, portfolio: Portfolio) -> None:
        self.portfolios.append(portfolio)
        super().note(portfolio)


class Told:
    """A run whose portfolios and examples are kept."""

    def __init__(self, folder: Path, policy: Policy, target: Target) -> None:
        self.examples: list[TrainingExample] = []
        target.pyramid = pyramid = Remembering()
        self.portfolios = pyramid.portfolios
        backtest = Backtest(policy, target, Cutoffs(7), learned=self.examples.append)
        self.outcome: Outcome = backtest.run([source(folder)])

        self.target = target

    def boundaries(self, on: int) -> dict[str, float]:
        """Of the last portfolio that was published by the end of day `on`."""
        known = [p for p in self.portfolios if p.as_of.timestamp() <= (on + 1) * 86_400]
        return known[-1].boundaries if known else {}


@pytest.fixture(scope="module")
def told_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Told]:
    """The run for a definition of upgrade, made once."""

    @cache
    def run(definition: str) -> Told:
        policy = rules(definition)
        target = target_called("upgrade", policy)
        assert target is not None
        return Told(tmp_path_factory.mktemp(definition), policy, target)

    return run


def test_the_truth_of_spend_is_the_naive_count(told_of: Callable[[str], Told]) -> None:
    told = told_of(SPEND)
    judged = judge(told.outcome, told.target, first=0)
    naive = []
    for row, at in zip(judged.rows.tolist(), judged.days.tolist(), strict=True):
        who = told.outcome.scored.customers[row]
        spent, before = net(who, at + 1, at + 20), net(who, at - 19, at)
        naive.append(spent > 1e-6 and spent >= 1.5 * before - 1e-6)
    assert 0.1 < np.mean(naive) < 0.9
    assert judged.truth.tolist() == naive


def test_the_truth_of_level_is_the_naive_count_by_the_published_boundaries(
    told_of: Callable[[str], Told],
) -> None:
    told = told_of(LEVEL)
    judged = judge(told.outcome, told.target, first=0)
    ranks = {level: rank for rank, level in enumerate(["inactive", *LEVELS[::-1]])} | {"small": 0}

    def rank(who: str, at: int) -> int:
        return ranks[level_of(round(net(who, at - 29, at), 4), told.boundaries(at))]

    naive = []
    for row, at in zip(judged.rows.tolist(), judged.days.tolist(), strict=True):
        who = told.outcome.scored.customers[row]
        naive.append(rank(who, at + 20) > rank(who, at))
    assert 0.05 < np.mean(naive) < 0.9
    assert judged.truth.tolist() == naive


@pytest.mark.parametrize(("definition", "least"), [(SPEND, 1.0), (LEVEL, 0.95)])
def test_the_truth_agrees_with_the_labels_that_are_learned(
    told_of: Callable[[str], Told], definition: str, least: float
) -> None:
    """A review sees the portfolio of the day before, a cut-off that of its own day."""
    told = told_of(definition)
    examples = [e for e in told.examples if what(e) == told.target.predicted]
    days = np.array([int(e.at.timestamp() // 86_400) - 1 for e in examples])
    truth = told.target.truth([e.customer_id for e in examples], days)
    assert len(examples) > 500
    assert np.mean(truth == [e.label for e in examples]) >= least


@pytest.mark.parametrize("definition", [LEVEL, SPEND])
def test_the_cutoffs_and_the_population_are_those_of_churn(
    told_of: Callable[[str], Told], tmp_path: Path, definition: str
) -> None:
    policy = rules(definition)
    target = target_called("churn", policy)
    assert target is not None
    of_churn = Backtest(policy, target, Cutoffs(7)).run([source(tmp_path)]).scored
    of_upgrade = told_of(definition).outcome.scored
    assert of_upgrade.customers == of_churn.customers
    assert of_upgrade.days.tolist() == of_churn.days.tolist()


def test_a_target_goes_by_its_name() -> None:
    policy = parse_policy(
        {
            "churn": {"also": [{"definition": "cancellation", "horizon": "30d"}]},
            "upgrade": {"definition": "spend"},
        }
    )
    names = {
        "churn": Predicted("silence", 60),
        "silence-60d": Predicted("silence", 60),
        "cancellation-30d": Predicted("cancellation", 30),
        "upgrade": Predicted("spend", 30),
        "spend-30d": Predicted("spend", 30),
    }
    for name, predicted in names.items():
        found = target_called(name, policy)
        assert found is not None
        assert found.predicted == predicted
        assert (found.name, found.horizon_days) == (predicted.definition, predicted.horizon_days)
    assert target_called("silence-30d", policy) is None
    assert target_called("", policy) is None


def decoded(event: Happening) -> Decoded:
    assert event.payload is not None
    return Decoded(event.payload, event.event_id, event.at, 0)


def spent(policy: Policy, *events: Happening) -> float:
    """By customer ``a`` in the first thirty days, in currency units."""
    spending = Spending(policy, ledger := Ledger(policy))
    for event in events:
        spending.note(decoded(event))
    first, last = np.array([FIRST_DAY - 1]), np.array([FIRST_DAY + 29])
    return float(spending.between(ledger.places(["a"]), first, last)[0]) / 10_000


def test_a_repeated_event_counts_once_and_another_customers_same_id_too() -> None:
    one = interaction("e1", "a", on(1), "purchase", amount=5.0)
    other = interaction("e1", "b", on(1), "purchase", amount=7.0)
    two = interaction("e2", "a", on(1), "purchase", amount=5.0)
    assert spent(Policy(), one, one, other, two) == 10.0


def test_returns_are_taken_off_and_what_lies_outside_is_not_counted() -> None:
    events = [
        interaction("e0", "a", on(-1), "purchase", amount=100.0),
        interaction("e1", "a", on(0), "purchase", amount=20.0),
        interaction("e2", "a", on(2), "return", amount=-4.0),
        interaction("e3", "a", on(3), "return", amount=1.0),
        interaction("e4", "a", on(4), "visit", amount=50.0),
        interaction("e5", "a", on(30), "purchase", amount=100.0),
    ]
    assert spent(Policy(), *events) == 15.0


def test_money_is_converted_and_left_out_where_it_cannot_be() -> None:
    events = [
        interaction("e1", "a", on(1), "purchase", amount=10.0, currency="EUR"),
        interaction("e2", "a", on(2), "purchase", amount=10.0, currency="USD"),
        interaction("e3", "a", on(3), "purchase", amount=10.0, currency="JPY"),
    ]
    assert spent(Policy(), *events) == 10.0  # the customer's own first currency alone
    rated = parse_policy({"value": {"currency": "EUR", "rates": {"USD": 0.5}}})
    assert spent(rated, *events) == 15.0


def test_nobody_who_is_unknown_has_spent_anything() -> None:
    assert spent(Policy(), interaction("e1", "b", on(1), "purchase", amount=10.0)) == 0.0
    assert spent(Policy()) == 0.0


def test_before_the_first_portfolio_and_without_revenue_all_stand_lowest() -> None:
    pyramid = Pyramid()
    days = np.array([10, 11, 11, 12])
    revenue = np.array([500_000, 500_000, 0, 2_000_000])
    assert pyramid.levels(revenue, days).tolist() == [0, 0, 0, 0]
    pyramid.note(
        Portfolio(
            as_of=datetime.fromtimestamp(12 * 86_400, UTC),
            version="v",
            customers=3,
            revenue=250.0,
            boundaries={"top": 200.0, "large": 100.0, "medium": 50.0},
        )
    )
    assert pyramid.levels(revenue, days).tolist() == [0, 1, 0, 3]
