"""Several targets at once: each prediction is labelled once for each, at the end of its horizon."""

import random
import tomllib
from collections import Counter

import pytest

from detectors.customer.labels import label_of, level_flag
from detectors.customer.pending import Pending
from detectors.customer.state import MONEY, Day, new_state
from detectors.durations import DAY
from detectors.policy import Policy, PolicyError, effective_toml, parse_policy
from detectors.targets import Target, target_of
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    feedback,
    interaction,
    on,
    policy_of,
    purchase,
    records,
    rhythm,
)
from tests.laws.stage import Stage, run

SEVERAL = policy_of(
    churn={
        "active_window": "40d",
        "horizon": "14d",
        "review_interval": "3d",
        "also": [
            {"definition": "silence", "horizon": "5d"},
            {"definition": "cancellation", "horizon": "21d"},
        ],
    },
    model={"min_labels": 20},
    upgrade={"definition": "spend", "horizon": "10d", "ratio": 1.2},
)
OFFERS = policy_of(upgrade={"definition": "acceptance", "horizon": "7d"})


def life(seed: int, days: int = 90) -> list[Happening]:
    """Purchases, visits and a few cancellations of three customers, in order of time."""
    chance = random.Random(seed)
    events = []
    for number in range(70):
        customer = chance.choice(["ann", "bob", "cleo"])
        kind = chance.choices(["purchase", "visit", "cancel"], [20, 10, 1])[0]
        at = on(round(chance.uniform(0, days), 3))
        events.append(
            interaction(f"e{number}", customer, at, kind, amount=chance.randint(1, 90) / 1)
        )
    return sorted(events, key=lambda event: event.at)


def examples(stage: Stage) -> list[TrainingExample]:
    return stage.payloads("training-examples")


def day_of(example: TrainingExample) -> int:
    """The day at whose end the prediction was made."""
    return int(example.at.timestamp() // DAY) - 1


def happened(events: list[Happening], example: TrainingExample, policy: Policy) -> bool:
    """The label by its definition, from the events themselves."""
    first = day_of(example) + 1
    last = day_of(example) + int(example.horizon_days)
    mine = [event for event in events if event.payload.customer_id == example.customer_id]  # type: ignore[union-attr]

    def among(kind: str, start: int, end: int) -> list[Happening]:
        return [
            event
            for event in mine
            if event.payload.kind == kind and start <= event.at // DAY <= end  # type: ignore[union-attr]
        ]

    def spent(start: int, end: int) -> float:
        return sum(event.payload.amount for event in among("purchase", start, end))  # type: ignore[union-attr, misc]

    match example.target:
        case "silence":
            return not among("purchase", first, last)
        case "cancellation":
            return bool(among("cancel", first, last))
        case _:
            now, before = spent(first, last), spent(first - (last - first + 1), first - 1)
            return now > 0 and now >= policy.upgrade.ratio * before


@pytest.mark.parametrize("seed", range(6))
def test_each_prediction_gets_the_label_of_each_definition_once(seed: int) -> None:
    events = life(seed)
    stage = run(records(events), SEVERAL, until=on(150), learns=False)
    found = examples(stage)
    assert {target_of(example) for example in found} == set(SEVERAL.targets)
    for example in found:
        assert example.label == happened(events, example, SEVERAL), example
        assert (example.matured_at - example.at).days == example.horizon_days
    counts = Counter(
        (example.customer_id, day_of(example), target_of(example)) for example in found
    )
    assert set(counts.values()) == {1}
    # Every moment is labelled for every target: none is chosen by what came of it.
    moments = {(customer, day) for customer, day, _ in counts}
    assert len(counts) == len(moments) * len(SEVERAL.grid_targets)
    assert len({example.example_id for example in found}) == len(found)


@pytest.mark.parametrize("seed", range(3))
def test_batches_and_restarts_change_no_label(seed: int) -> None:
    events = records(life(seed))
    whole = run(events, SEVERAL, until=on(150), learns=False)
    parts = Stage(SEVERAL, learns=False)
    for begin in range(0, len(events), 9):
        parts.feed(events[begin : begin + 9])
        parts.restart()
    parts.finish(on(150))
    assert examples(parts) == examples(whole)
    assert parts.store == whole.store


def test_nothing_waits_when_all_horizons_have_ended() -> None:
    stage = run(records(life(1)), SEVERAL, until=on(200), learns=False)
    for customer in ("ann", "bob", "cleo"):
        state = stage.processor._state(customer)
        assert state.waiting == []


def test_each_target_has_a_model_of_its_own() -> None:
    stage = run(records(life(2)), SEVERAL, until=on(150))
    published = [item for item in stage.published if isinstance(item, ModelSnapshot)]
    assert {target_of(snapshot) for snapshot in published} == set(SEVERAL.targets)
    labels = {target_of(s): s.labels for s in published}
    assert len(set(labels.values())) == 1
    assert labels[SEVERAL.target] > 0


def test_further_targets_stand_in_the_public_view() -> None:
    view = run(records(life(3)), SEVERAL, learns=False).payloads("customer-state")[-1]
    assert view.further.keys() == {"silence-5d", "cancellation-21d"}
    # Silence for 5 days is likelier than for 14.
    assert view.further["silence-5d"] >= view.probability


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ([interaction("r", "ann", on(12.4), "offer_response", attributes={"accepted": "yes"})], 1),
        ([interaction("r", "ann", on(10.6), "offer_response", attributes={"accepted": True})], 1),
        ([interaction("r", "ann", on(12.4), "offer_response")], 1),
        ([feedback("r", "ann", on(12.4), "offer", offer_id="o", offer_outcome="accepted")], 1),
        ([interaction("r", "ann", on(12.4), "offer_response", attributes={"accepted": "no"})], 0),
        ([feedback("r", "ann", on(12.4), "offer", offer_id="o", offer_outcome="declined")], 0),
        ([interaction("r", "ann", on(18.4), "offer_response")], 0),
        ([], 0),
    ],
)
def test_an_offer_is_labelled_by_its_answer(answer: list[Happening], label: int) -> None:
    offer = interaction("o", "ann", on(10.5), "offer", campaign_id="spring")
    stage = run(records([offer, *answer]), OFFERS, until=on(40))
    (example,) = examples(stage)
    assert target_of(example) == Target("acceptance", 7)
    assert example.context["offered"]
    assert example.label == bool(label)
    assert day_of(example) == FIRST_DAY + 10
    # Before anything is learned the stated rate speaks.
    assert (example.probability, example.basis) == (0.1, "prior")


def test_offers_of_one_day_are_one_example() -> None:
    offers = [interaction(f"o{n}", "ann", on(10 + n / 4), "offer") for n in range(8)]
    found = examples(run(records(offers), OFFERS, until=on(40)))
    assert [day_of(example) - FIRST_DAY for example in found] == [10, 11]


def test_an_offer_is_predicted_from_what_is_known_by_then() -> None:
    before = [purchase(f"p{n}", "ann", on(n)) for n in range(5)]
    offer = interaction("o", "ann", on(10.5), "offer")
    later = [purchase(f"q{n}", "ann", on(11 + n / 2)) for n in range(5)]
    alone = examples(run(records([*before, offer]), OFFERS, until=on(90)))
    followed = examples(run(records([*before, offer, *later]), OFFERS, until=on(90)))

    def acceptance(found: list[TrainingExample]) -> dict[str, float]:
        (example,) = [example for example in found if example.target == "acceptance"]
        return example.features

    assert acceptance(alone) == acceptance(followed)


def test_a_target_may_stand_once() -> None:
    with pytest.raises(PolicyError, match=r"churn\.also repeats a target"):
        policy_of(churn={"also": [{"definition": "silence", "horizon": "60d"}]})


@pytest.mark.parametrize(
    "also",
    ["30d", ["30d"], [{"definition": "silence"}], [{"definition": "x", "horizon": "3d"}]],
)
def test_a_wrong_list_of_targets_is_named_with_a_right_one(also: object) -> None:
    with pytest.raises(PolicyError, match=r"churn.also.*"):
        policy_of(churn={"also": also})


def test_targets_survive_being_written_as_toml() -> None:
    assert parse_policy(tomllib.loads(effective_toml(SEVERAL))) == SEVERAL


def test_a_higher_level_at_the_end_of_the_horizon_is_an_upgrade() -> None:
    policy = policy_of(upgrade={"definition": "level", "horizon": "7d"}, value={"window": "7d"})
    boundaries = {"top": 500.0, "large": 200.0, "medium": 50.0}
    state = new_state("ann")
    for number, spend in ((FIRST_DAY, 60), (FIRST_DAY + 5, 300)):
        state.days.append(Day(number, events=1, activity=1, spend=spend * MONEY, purchases=1))
    labels = {}
    for level in ("inactive", "small", "medium", "large", "top"):
        made = Pending(FIRST_DAY, 0, level_flag(level), b"")
        labels[level] = label_of(state, made, policy.upgrade_target, boundaries, policy)
    # 300 within the window at the end: large.
    assert labels == {"inactive": True, "small": True, "medium": True, "large": False, "top": False}
    assert not label_of(state, Pending(FIRST_DAY, 0, 0, b""), policy.upgrade_target, {}, policy)


def test_predictions_keep_their_targets_when_the_policy_changes() -> None:
    """Those made before are labelled by the old definitions, those made after by the new ones."""
    before = policy_of(churn={"horizon": "10d", "review_interval": "3d"})
    after = policy_of(churn={"definition": "cancellation", "horizon": "14d"})
    stage = run(records(rhythm("ann", 0, 2, 10)), before)
    made = {run.targets for run in stage.customers["ann"].waiting}
    assert made == {"silence-10d"}
    later = Stage(after, store=stage.store)
    later.restart()
    later.finish(on(150))
    found = Counter(target_of(example).name for example in examples(later))
    assert found.keys() == {"silence-10d", "cancellation-14d"}
    assert later.customers["ann"].waiting == []


def test_a_horizon_that_is_not_kept_any_more_makes_no_label() -> None:
    long, short = (policy_of(churn={"horizon": horizon}) for horizon in ("90d", "10d"))
    stage = run(records(rhythm("ann", 0, 2, 10)), long)
    later = Stage(short, store=stage.store)
    later.restart()
    later.finish(on(150))
    assert {target_of(example).name for example in examples(later)} == {"silence-10d"}
