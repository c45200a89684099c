"""What moved in what is scored is told while it happens, whatever the partitions and restarts."""

import numpy as np
import pytest

from detectors.durations import DAY
from detectors.models.drift import Block
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.value.sketch import QuantileSketch
from schemas.model_event import ModelEvent
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from tests.detectors.builders import brisk
from tests.laws.stage import payload_of

DAYS = 120
STEP = 90


def facts(partitions: int = 1, seed: int = 4) -> list[PortfolioFact]:
    """Forty customers a day; from day `STEP` on the price of everything is three times as high."""
    generator = np.random.default_rng(seed)
    found = []
    for day in range(DAYS):
        price = np.round(16 * generator.normal(1.0 + 0.55 * (day >= STEP), 0.3, 40)) / 16
        gap = np.round(16 * generator.normal(1.0, 0.3, 40)) / 16
        for part in range(partitions):
            blocks = {
                "feature:spend_mean": Block.of(price[part::partitions]),
                "feature:gap_mean": Block.of(gap[part::partitions]),
            }
            found.append(
                PortfolioFact(
                    partition=part,
                    bucket=15_000 + day,
                    customers=0,
                    revenue=0.0,
                    sketch=QuantileSketch().to_json(),
                    scored=dict(blocks),
                )
            )
    return found


def told(stage: PortfolioStage, batch: list[PortfolioFact]) -> list[ModelEvent | Portfolio]:
    return [payload_of(message) for fact in batch for message in stage.update([fact])]


def events_of(answers: list[ModelEvent | Portfolio]) -> list[ModelEvent]:
    return [answer for answer in answers if isinstance(answer, ModelEvent)]


@pytest.fixture
def story() -> list[PortfolioFact]:
    return facts()


def test_a_price_change_is_told_within_days_and_names_what_moved(
    story: list[PortfolioFact],
) -> None:
    events = events_of(told(PortfolioStage(brisk()), story))
    assert [(event.kind, event.subject) for event in events] == [("drift", "feature:spend_mean")]
    day = events[0].occurred_at.timestamp() / DAY - 15_000
    assert STEP < day <= STEP + 7
    assert "spend_mean rose from" in events[0].text


def test_the_partitions_add_up(story: list[PortfolioFact]) -> None:
    one, three = (
        events_of(told(PortfolioStage(brisk()), batch)) for batch in (story, facts(partitions=3))
    )
    assert [event.event_id for event in three] == [event.event_id for event in one]


@pytest.mark.parametrize("cut", [20, STEP + 1, STEP + 2, 110])
def test_a_new_owner_tells_what_the_old_one_would_have_told(
    story: list[PortfolioFact], cut: int
) -> None:
    policy: Policy = brisk()
    whole = told(PortfolioStage(policy), story)
    before, after = PortfolioStage(policy), PortfolioStage(policy)
    first = told(before, story[:cut])
    interval = policy.churn.review_interval // DAY
    published = [answer for answer in first if isinstance(answer, Portfolio)]
    after.restore([], published[-1])
    again = told(after, story[cut - interval :])
    assert events_of(first) + events_of(again) == events_of(whole)


def test_repeated_facts_tell_nothing_new(story: list[PortfolioFact]) -> None:
    stage = PortfolioStage(brisk())
    told(stage, story)
    assert told(stage, story[-3:]) == []


def test_without_watching_only_the_drift_is_left_out(story: list[PortfolioFact]) -> None:
    loud, silent = (
        told(PortfolioStage(brisk(), watches=watches), story) for watches in (True, False)
    )
    assert events_of(loud)
    assert not events_of(silent)
    for one, other in zip(
        (answer for answer in loud if isinstance(answer, Portfolio)), silent, strict=True
    ):
        assert isinstance(other, Portfolio)
        assert (one.version, one.boundaries, one.priors) == (
            other.version,
            other.boundaries,
            other.priors,
        )
