"""Amounts of 1e12 and negative, a price change that shifts everything at once, two currencies."""

import numpy as np
import pytest

from schemas.dead_letter import DeadLetter
from tests.detectors.builders import Happening, interaction, moment, on, purchase
from tests.troubles.command import Commands
from tests.troubles.world import World, rules, shop, sound, toml

HUGE = 1e12
RISE = 60
"""Day of the price change."""


def test_amounts_of_1e12_and_negative_ones_leave_everything_finite() -> None:
    def amount(day: int) -> float:
        return (1e9, -1e9, 1.0)[day % 3]

    world = World(rules()).run(shop(90, customers=20, amount=amount))
    sound(world)
    assert set(world.tally.counts) == {("interactions", "applied")}
    for portfolio in world.portfolios:
        assert np.isfinite([portfolio.revenue, *portfolio.boundaries.values()]).all()
    assert max(map(world.state_size, world.states)) < 3_000


def test_sums_beyond_what_can_be_stored_stop_at_the_ceiling() -> None:
    events = [purchase(f"e{n}", "ann", on(0) + n, HUGE) for n in range(1_000)]
    events += [interaction(f"r{n}", "bob", on(1) + n, "return", amount=HUGE) for n in range(1_000)]
    world = World(rules()).run([*events, purchase("bob", "bob", on(2))]).wait(10)
    sound(world)
    assert world.tally.counts["interactions", "applied"] == 2_001
    views = {view.customer_id: view for view in world.views}
    assert 1e14 < views["ann"].spend_window < 1e15
    assert views["bob"].spend_window == 0
    assert views["bob"].value_at_stake == 0


def test_an_amount_beyond_1e12_is_a_dead_letter_with_the_limit(commands: Commands) -> None:
    events = [purchase("good", "ann", on(0), HUGE), purchase("bad", "ann", on(1), 2 * HUGE)]
    commands.prepare(events, toml())
    summary = commands.replay()
    assert summary["events"]["applied"] == 1
    assert summary["rejects"] == {"out_of_range": 1}


def test_negative_purchases_are_dead_letters_and_negative_returns_count_by_their_size(
    commands: Commands,
) -> None:
    events = [purchase("good", "ann", on(0), 10.0), purchase("bad", "ann", on(1), -4.0)]
    commands.prepare(events, toml())
    assert commands.replay()["rejects"] == {"negative": 1}
    world = World(rules()).run(
        [
            purchase("e1", "ann", on(0), 10.0),
            interaction("e2", "ann", on(1), "return", amount=-4.0),
            interaction("e3", "ann", on(2), "return", amount=1.0),
        ]
    )
    assert world.wait(10).views[-1].spend_window == 5.0


@pytest.fixture(scope="module")
def plain() -> World:
    """A shop whose prices stay."""
    return World(rules()).run(shop(115, customers=25))


@pytest.fixture(scope="module")
def risen() -> World:
    """The same with all amounts a hundred times as high from day 60 on."""
    return World(rules()).run(
        shop(115, customers=25, amount=lambda day: 100.0 if day >= RISE else 1.0)
    )


def test_a_hundredfold_price_rise_is_digested_by_the_models(plain: World, risen: World) -> None:
    sound(risen)
    assert risen.log_loss(RISE, 74) < plain.log_loss(RISE, 74) + 0.1
    assert risen.log_loss(81, 101) == pytest.approx(plain.log_loss(81, 101), abs=0.03)


def test_a_price_rise_is_told_by_the_features_that_moved(risen: World) -> None:
    """Within days: what is scored is watched, not what has matured."""
    told = {
        event.subject: event
        for event in risen.payloads("model-events")
        if event.kind == "drift" and event.target == "silence"
    }
    for name in ("spend_mean", "spend_last"):
        event = told[f"feature:{name}"]
        assert event.after > event.before + 0.5
        assert moment(on(RISE)) < event.occurred_at <= moment(on(RISE + 10))
    assert not {"base_rate", "log_loss", "feature:occasions"} & told.keys()


def two_currencies() -> list[Happening]:
    return [
        interaction("e1", "ann", on(0), "purchase", amount=10.0, currency="EUR"),
        interaction("e2", "ann", on(1), "purchase", amount=10.0, currency="USD"),
        interaction("e3", "bob", on(2), "purchase", amount=10.0, currency="USD"),
        interaction("e4", "bob", on(3), "purchase", amount=10.0, currency="USD"),
        interaction("e5", "bob", on(4), "visit", currency="JPY"),
    ]


def test_without_rates_a_customers_second_currency_is_a_dead_letter_that_names_the_remedy() -> None:
    world = World(rules()).run(two_currencies()).wait(12)
    (letter,) = world.payloads("dead-letters")
    assert isinstance(letter, DeadLetter)
    assert letter.reason == "unknown_currency"
    assert letter.detail == "no rate from USD to EUR; add it to value.rates in the policy"
    views = {view.customer_id: view for view in world.views}
    assert (views["ann"].spend_window, views["ann"].currency) == (10.0, "EUR")
    assert (views["bob"].spend_window, views["bob"].currency) == (20.0, "USD")


def test_with_rates_all_sums_are_in_the_currency_of_the_policy() -> None:
    policy = rules(value={"currency": "EUR", "rates": {"USD": 0.5}})
    world = World(policy).run(two_currencies()).wait(12)
    assert world.payloads("dead-letters") == []
    views = {view.customer_id: view for view in world.views}
    assert (views["ann"].spend_window, views["ann"].currency) == (15.0, "EUR")
    assert (views["bob"].spend_window, views["bob"].currency) == (10.0, "EUR")
