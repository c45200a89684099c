"""A feature that is constant, or missing everywhere."""

import dataclasses
from functools import cache

import pytest

from tests.detectors.builders import Happening, interaction
from tests.troubles.world import World, rules, shop, sound

EVENTS = shop(90, customers=20)
NAMED = {"event_attributes": ["score"], "profile_attributes": ["country"]}


def with_attributes(events: list[Happening], **attributes: object) -> list[Happening]:
    """The same purchases, each with the same attributes."""
    return [
        interaction(
            event.event_id,
            event.payload.customer_id,
            event.at,
            "purchase",
            amount=event.payload.amount,  # type: ignore[union-attr]
            attributes=attributes,
        )
        for event in events
        if event.payload is not None
    ]


@cache
def plain() -> World:
    """Without any attribute."""
    return World(rules()).run(EVENTS)


def said(world: World) -> list[float | None]:
    sound(world)
    assert "model" in {view.basis for view in world.views}
    return [view.probability for view in world.views]


def test_an_attribute_that_never_comes_changes_no_probability() -> None:
    without, named = said(plain()), said(World(rules(features=NAMED)).run(EVENTS))
    assert named == pytest.approx(without, abs=1e-6)


@pytest.mark.parametrize("score", [7.0, 0.0, -1e12])
def test_an_attribute_that_is_always_the_same_does_no_harm(score: float) -> None:
    policy = rules(features=NAMED)
    same = World(policy).run(with_attributes(EVENTS, score=score, country="NL"))
    sound(same)
    assert same.log_loss(45, 70) == pytest.approx(plain().log_loss(45, 70), abs=0.05)


def test_an_attribute_of_the_wrong_kind_is_passed_over() -> None:
    events = shop(60, customers=10)
    policy = rules(features={"event_attributes": ["score"]})
    odd = World(policy).run(with_attributes(events, score="high", country=None))
    assert {state.settled.measures for state in odd.states.values()} == {None}
    assert {day.measures for state in odd.states.values() for day in state.days} == {None}
    assert [view.probability for view in odd.views] == [
        view.probability for view in World(policy).run(events).views
    ]


def test_all_customers_alike_is_nothing_to_learn_from_and_no_failure() -> None:
    """Every built-in feature of every customer is the same on every day."""
    every = [
        dataclasses.replace(event, event_id=f"{event.event_id}-{day}", at=event.at + day * 86_400.0)
        for day in range(40)
        for event in alike()
    ]
    world = World(rules()).run(every)
    sound(world)
    assert {example.label for example in world.learned if example.target == "silence"} == {False}


def alike() -> list[Happening]:
    from tests.detectors.builders import on, purchase

    return [purchase(f"c{number}", f"c{number}", on(0) + number, 10.0) for number in range(15)]
