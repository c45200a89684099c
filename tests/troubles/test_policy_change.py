"""A policy change while running: what waits keeps its definition; nobody learns it any more."""

from functools import cache

import pytest

from detectors.customer.features import feature_names
from detectors.policy import Policy
from detectors.targets import target_of
from detectors.trainers import Trainers
from schemas.training_example import TrainingExample
from streams.worker.training import TrainingWork
from tests.detectors.builders import moment, on
from tests.troubles.world import World, rules, shop, sound

CHANGE, END = 50, 80
EVENTS = shop(END, customers=25)
OLD = rules()


@cache
def before() -> World:
    """The first fifty days under the old policy."""
    return World(OLD).run(event for event in EVENTS if event.at < on(CHANGE))


@cache
def unchanged() -> World:
    """All days under the old policy."""
    return World(OLD).run(EVENTS)


def changed(policy: Policy) -> World:
    """The first fifty days under the old policy, the rest under `policy`."""
    later = (event for event in EVENTS if event.at >= on(CHANGE))
    return World(policy).take_over(before()).run(later)


def of_old(world: World) -> list[tuple[str, object, bool, object]]:
    """What became of the predictions that were made before the change, as examples."""
    found = [
        (example.customer_id, example.at, example.label, example.probability)
        for example in world.learned
        if is_of_old(example)
    ]
    return sorted(found, key=str)


def is_of_old(example: TrainingExample) -> bool:
    made = moment(on(CHANGE - 14)) < example.at < moment(on(CHANGE - 3))
    return made and target_of(example) == OLD.target


@pytest.mark.parametrize(
    "churn",
    [{"horizon": "21d"}, {"definition": "cancellation"}, {"horizon": "7d"}],
    ids=["longer", "other definition", "shorter"],
)
def test_waiting_predictions_keep_their_definition(churn: dict[str, object]) -> None:
    policy = rules(churn=churn)
    world = changed(policy)
    sound(world)
    assert of_old(world) == of_old(unchanged())
    later = [e for e in world.learned if e.at > moment(on(CHANGE + 3))]
    assert {target_of(example) for example in later} <= set(policy.targets)


def test_what_no_trainer_knows_is_learned_by_nobody() -> None:
    policy = rules(churn={"horizon": "7d"})
    world = changed(policy)
    world.live.publish()
    assert {target_of(snapshot) for snapshot in world.snapshots} == set(policy.targets)
    last = {target_of(snapshot): snapshot for snapshot in world.snapshots}
    learned = [example for example in world.learned if target_of(example) == policy.target]
    assert last[policy.target].labels == len(learned)


def test_a_horizon_beyond_the_new_policys_cannot_be_labelled_and_is_dropped() -> None:
    policy = rules(churn={"horizon": "7d"}, upgrade={"horizon": "7d"})
    world = changed(policy)
    sound(world)
    assert of_old(world) == []
    assert {run.targets for state in world.states.values() for run in state.waiting} == {
        policy.grid_names
    }


def test_predictions_with_other_features_are_not_learned_from() -> None:
    policy = rules(features={"event_attributes": ["score"]})
    world = changed(policy)
    sound(world)
    assert of_old(world) == []
    later = [e for e in world.learned if e.at > moment(on(CHANGE + 3))]
    assert {"last:score" in example.features for example in later} == {True}


def test_a_model_of_another_target_is_left_aside() -> None:
    snapshots = {target_of(s): s for s in unchanged().snapshots}
    policy = rules(churn={"horizon": "21d"})
    trainers = Trainers(policy)
    for snapshot in snapshots.values():
        trainers.restore(snapshot)
    assert trainers[policy.target].snapshot().labels == 0
    assert trainers[policy.upgrade_target].snapshot().labels > 0


def test_what_is_left_aside_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    old = unchanged()
    policy = rules(churn={"horizon": "21d"})
    work = TrainingWork(Trainers(policy), feature_names(policy), policy.targets)
    for start in range(0, 200, 50):
        work.take(old.learned[start : start + 50])
    said = "Models and examples of silence-14d are left aside: the policy has no such target"
    assert [record.getMessage() for record in caplog.records] == [said]


def test_scores_begin_anew_with_the_prior_rule() -> None:
    world = changed(rules(churn={"horizon": "21d"}))
    first = [view for view in world.views if view.as_of < moment(on(CHANGE + 20))]
    assert {view.basis for view in first} == {"prior"}


def test_a_target_that_becomes_the_first_is_not_judged_by_what_was_said_of_another() -> None:
    """The probability that was given out was that of the first target of its time."""
    old = rules(churn={"also": [{"definition": "silence", "horizon": "21d"}]})
    new = rules(churn={"horizon": "21d", "also": [{"definition": "silence", "horizon": "14d"}]})
    before = World(old).run(event for event in EVENTS if event.at < on(CHANGE))
    world = World(new).take_over(before)
    world.run(event for event in EVENTS if event.at >= on(CHANGE))
    kept = World(old).run(EVENTS)
    made = moment(on(CHANGE - 10)), moment(on(CHANGE - 3))
    for target in (old.target, new.target):
        said, unchanged = (
            {
                (e.customer_id, e.at): (e.label, e.probability, e.features["prior_logit"])
                for e in found.learned
                if target_of(e) == target and made[0] < e.at < made[1]
            }
            for found in (world, kept)
        )
        assert said == unchanged
        assert {p is None for _, p, _ in said.values()} == {target != old.target}
