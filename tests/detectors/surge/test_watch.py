"""Surges (D14): found soon, told once, ended by silence; nothing is made of chance."""

import json

import pytest

from detectors.durations import DAY, HOUR
from detectors.policy import Surge
from tests.detectors.surge.shop import (
    BEGIN,
    CAUSES,
    CHANNELS,
    REGIONS,
    Story,
    complaint,
    surge,
    usual,
)

PRODUCT = ("p-1", None, None, None, None)
NIGHT = BEGIN + 40 * DAY


def test_a_big_surge_of_a_product_is_one_incident_within_hours() -> None:
    story = Story().take(usual(45) + surge(NIGHT, 12, 60))
    opened = story.at("opened")
    assert len(opened) == 1
    assert NIGHT < opened[0] < NIGHT + 3 * HOUR
    incident = story.steps[0][2]
    assert incident.key == PRODUCT
    assert NIGHT <= incident.started_at < NIGHT + HOUR
    # Sixty in the surge, and the usual ones of the product in a day or two.
    assert 60 <= incident.observed <= 66
    assert incident.affected.count() == incident.observed
    assert 100.0 >= incident.affected.top[0][1] >= 59.0
    assert story.stages[-1] == "closed"


def test_a_surge_of_one_cause_of_a_product_is_named_by_both() -> None:
    found = surge(NIGHT, 12, 30, cause="broken_promise")
    story = Story().take(usual(45) + found)
    assert story.stages.count("opened") == 1
    key = story.steps[-1][2].key
    assert key in (PRODUCT, ("p-1", None, "broken_promise", None, None))


def test_a_surge_of_everything_in_one_cause_is_no_incident_for_each_product() -> None:
    story = Story().take(usual(45) + surge(NIGHT, 12, 80, product=None, cause="poor_service"))
    assert story.stages.count("opened") == 1
    assert story.steps[-1][2].key == (None, None, "poor_service", None, None)


def test_two_surges_at_once_are_two_incidents() -> None:
    both = surge(NIGHT, 12, 40) + surge(NIGHT + 60, 12, 40, product="p-2")
    story = Story().take(usual(45) + both)
    opened = {incident.key[0] for stage, _, incident in story.steps if stage == "opened"}
    assert opened == {"p-1", "p-2"}
    assert story.stages.count("opened") == 2


def test_silence_alone_ends_an_incident() -> None:
    story = Story().take(usual(40) + surge(NIGHT, 6, 40))
    assert story.stages[-1] != "closed"
    story.watch.advance(NIGHT + 2 * DAY)
    assert story.stages[-1] == "closed"
    assert story.because[-1] == "it has subsided"
    incident = story.steps[-1][2]
    assert NIGHT + 6 * HOUR - HOUR <= incident.ended_at <= NIGHT + 7 * HOUR
    assert story.watch.open == []
    story.watch.advance(NIGHT + 60 * DAY)
    assert story.stages.count("closed") == 1


def test_chance_opens_no_more_than_the_policy_allows() -> None:
    """Here 12 months in all, so 12 at the most; the benchmark has more worlds and years."""
    opened = [Story().take(usual(141, seed=seed)).stages.count("opened") for seed in range(3)]
    assert sum(opened) <= 6


def test_a_surge_on_the_first_day_is_not_told_and_does_not_blind() -> None:
    first = surge(BEGIN, 12, 100)
    story = Story().take(first + usual(45) + surge(NIGHT, 12, 60))
    assert len(story.at("opened")) == 1
    assert story.at("opened")[0] > NIGHT


def test_a_shop_without_complaints_for_months_needs_more_than_three() -> None:
    quiet = BEGIN + 200 * DAY
    three = [complaint(quiet + i * HOUR, f"c-{i}") for i in range(3)]
    story = Story().take(usual(30, a_day=0.5) + three)
    assert story.stages == []
    five = [complaint(quiet + (4 + i) * HOUR, f"d-{i}") for i in range(5)]
    assert story.take(five).stages == ["opened"]


def test_one_angry_customer_is_no_surge() -> None:
    many = [complaint(NIGHT + i * 60, "c-1") for i in range(100)]
    assert Story().take(usual(45) + many).stages == []


def test_all_complaints_at_one_second_are_one_incident() -> None:
    burst = [complaint(NIGHT, f"c-{i}") for i in range(200)]
    story = Story().take(usual(39.9) + burst)
    assert story.stages == ["opened"]
    assert story.steps[0][2].observed == 200
    story.watch.advance(NIGHT + 2 * DAY)
    assert story.stages[-1] == "closed"


def test_complaints_about_nothing_known_are_no_incident() -> None:
    unknown = [complaint(NIGHT + i, f"c-{i}", product=None) for i in range(500)]
    assert Story().take(usual(39.9) + unknown).stages == []


def test_an_incident_becomes_broader_when_the_rest_of_the_product_surges_too() -> None:
    story = Story().take(usual(40) + surge(NIGHT, 4, 40, cause="broken_promise"))
    incident = story.steps[0][2]
    assert incident.key == ("p-1", None, "broken_promise", None, None)
    story.take(surge(NIGHT + 4 * HOUR, 4, 60, cause="poor_service"))
    assert story.stages.count("opened") == 1
    assert "updated" in story.stages
    assert [i.key for i in story.watch.open] == [PRODUCT]


def test_growth_of_an_incident_is_told_at_full_hours() -> None:
    story = Story().take(usual(41) + surge(NIGHT, 12, 200))
    updates = story.at("updated")
    assert updates
    assert all(at % HOUR == 0 for at in updates)
    assert len(updates) <= 10


def test_a_new_level_is_the_usual_one_after_the_longest_time() -> None:
    policy = Surge(longest=10 * DAY)
    story = Story(policy).take(usual(100, seed=1) + surge(NIGHT, 60 * 24, 60 * 12))
    assert story.stages.count("opened") == 1
    assert story.because[story.stages.index("closed")].startswith("it has lasted")


def test_no_data_for_weeks_and_back_to_the_usual_is_no_surge() -> None:
    events = [c for c in usual(90, a_day=30) if not 50 <= (c.at - BEGIN) / DAY < 70]
    assert Story().take(events).stages == []


def test_a_complaint_a_week_late_counts_no_more() -> None:
    story = Story().take(usual(40))
    story.watch.take(complaint(NIGHT - 20 * DAY, "late"))
    late = [complaint(NIGHT - 20 * DAY + i, f"late-{i}") for i in range(50)]
    for each in late:
        story.watch.take(each)
    assert story.stages == []


def test_a_restart_goes_on_as_if_nothing_had_happened() -> None:
    events = sorted(usual(50) + surge(NIGHT, 12, 60), key=lambda c: c.at)
    whole = Story().take(events)
    for cut in (0, 5, 395, 430, 460):
        begun = Story().take(events[:cut])
        resumed = Story()
        resumed.watch.restore(json.loads(json.dumps(begun.watch.to_json())))
        assert resumed.watch.to_json() == begun.watch.to_json()
        resumed.take(events[cut:])
        told = [(stage, at) for stage, at, _ in begun.steps + resumed.steps]
        assert told == [(stage, at) for stage, at, _ in whole.steps]
        assert resumed.watch.to_json() == whole.watch.to_json()


def test_memory_does_not_grow_with_the_number_of_products() -> None:
    story = Story(Surge(max_series=100))
    sizes = []
    for day in range(30):
        for i in range(100):
            at = BEGIN + day * DAY + i * 800
            story.watch.take(complaint(at, f"c-{at}", product=f"only-{day}-{i}"))
            if i % 10 == 0:
                story.watch.take(complaint(at, f"d-{at}", product="heavy", cause="poor_service"))
        sizes.append(len(json.dumps(story.watch.to_json())))
    assert story.watch.series == 100
    assert max(sizes[15:]) < 1.3 * sizes[14]
    assert story.stages == []
    heavy = [complaint(BEGIN + 30 * DAY + i * 60, f"e-{i}", product="heavy") for i in range(60)]
    assert story.take(heavy).stages[0] == "opened"
    assert story.steps[0][2].key[0] == "heavy"


def test_a_state_of_another_format_or_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="surge-watch/1"):
        Story().watch.restore({"format": "other"})
    state = Story().take(usual(40, a_day=30)).watch.to_json()
    with pytest.raises(ValueError, match=r"surge\.max_series"):
        Story(Surge(max_series=50)).watch.restore(state)


def test_a_state_with_series_that_wait_for_more_customers_can_be_written() -> None:
    """One customer who complains of everything alarms many series, and opens no incident."""
    alone = [
        complaint(
            NIGHT + 60.0 * n,
            "alone",
            product=f"p-{n % 2}",
            cause=CAUSES[n % 3],
            channel=CHANNELS[n // 6 % 2],
            region=REGIONS[n // 12 % 3],
        )
        for n in range(36)
    ]
    story = Story().take(usual(40) + alone)
    state = json.loads(json.dumps(story.watch.to_json()))
    assert len(state["wait"]) > 1
    again = Story()
    again.watch.restore(state)
    assert json.loads(json.dumps(again.watch.to_json())) == state
