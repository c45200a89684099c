"""The arithmetic of docs/scaling.md."""

from dataclasses import replace

import pytest

from benchmarks.drive import Drive
from benchmarks.retail import read_events, retail_policy
from benchmarks.sizing import (
    BROKER_SHARE,
    BUSY,
    LONGEST_ROUND,
    Costs,
    Load,
    costs_of,
    most_customers,
    need,
)

COSTS = Costs(
    event=20.0,
    review=200.0,
    example=50.0,
    fact=1_000.0,
    examples=2.0,
    state_bytes=900.0,
    event_bytes=250.0,
    example_bytes=400.0,
)
LOAD = Load(customers=7_000_000, events=0.864, peak=4.0, interval=7.0)


def test_what_a_load_needs() -> None:
    found = need(LOAD, COSTS)
    assert found.peak_events == pytest.approx(280)
    assert found.cores == pytest.approx((280 * 20e-6 + 200 / 86_400) * BROKER_SHARE)
    assert found.inputs_gb == pytest.approx(7e6 * 0.864 * 30 * 250 / 1e9)
    assert found.changelog_gb == pytest.approx(7e6 * 900 * 2 / 1e9)
    assert found.trainer == pytest.approx(2e6 * 50e-6 / 86_400)
    assert found.portfolio == pytest.approx(14 * 15 * 1_000e-6 / 86_400), "71,429 of each partition"


def test_the_reviews_of_a_day_decide_when_nothing_else_takes_long() -> None:
    found = need(LOAD, COSTS)
    assert found.bound == "reviews"
    assert found.reviews_round <= LONGEST_ROUND
    assert found.workers == 7
    assert found.partitions == 14


def test_the_cores_decide_when_customers_do_much() -> None:
    found = need(replace(LOAD, events=1_000.0), COSTS)
    assert found.bound == "cores"
    assert found.cores / found.workers <= BUSY


def test_one_worker_has_no_standby() -> None:
    small, large = (need(replace(LOAD, customers=n), COSTS) for n in (100_000, 7_000_000))
    assert small.workers == 1
    assert small.memory_gb == pytest.approx(0.1 * 1.209)
    assert large.memory_gb == pytest.approx(1.209 * 2)


def test_the_limit_of_the_trainer_fills_a_core() -> None:
    customers = most_customers(LOAD, COSTS)
    found = need(replace(LOAD, customers=round(customers)), COSTS)
    assert found.trainer == pytest.approx(1.0)


def test_a_run_shows_its_costs() -> None:
    run = Drive(retail_policy()).go(read_events(20_000))
    costs = costs_of(run, event_bytes=250.0, event=20.0, review=200.0)
    assert costs.fact == pytest.approx(
        sum(run.seconds["portfolio"]) * 1e6 / run.messages["portfolio-facts"]
    )
    assert costs.examples == run.messages["training-examples"] / run.reviews
    assert 200 < costs.state_bytes < 3_000
