"""The verifier is shown what it must find: faults planted into a worker, and into what it wrote."""

import dataclasses
import signal
from collections.abc import Callable

import pytest

from streams.topics import CHANGELOG
from tests.faults.load import Load, complaints
from tests.faults.verifier import Found, Verifier, verify
from tests.kafka.deployment import Deployment, Item
from tests.kafka.oracle import undisturbed

LOAD = Load(seed=1)


def problems(deployment: Deployment) -> str:
    """What the verifier says without an undisturbed run to compare with: by its own reckoning."""
    return "\n".join(Verifier(Found.of(deployment)).problems())


def run_with(deployment: Deployment, fault: str) -> None:
    """Process some load by a worker with a planted fault."""
    deployment.produce("interactions", LOAD.interactions(500))
    worker = deployment.worker("-m", "tests.faults.planted", fault)
    deployment.wait_done(worker)
    assert worker.stop() == 0, worker.output


def test_a_skipped_event_is_found(deployment: Deployment) -> None:
    run_with(deployment, "skip")
    found = problems(deployment)
    assert "/events" in found
    assert "account: " in found


def test_an_event_applied_twice_is_found(deployment: Deployment) -> None:
    run_with(deployment, "twice")
    found = problems(deployment)
    assert "/events" in found
    assert "account: " in found


def test_offsets_acknowledged_too_early_are_found(deployment: Deployment) -> None:
    deployment.produce("interactions", LOAD.interactions(500))
    hasty = deployment.worker("-m", "tests.faults.planted", "early", BATCH_SIZE="50")
    assert hasty.wait() == -signal.SIGKILL, hasty.output
    successor = deployment.worker()
    deployment.wait_done(successor)
    assert successor.stop() == 0, successor.output
    found = problems(deployment)
    assert "/events" in found
    assert "account: " in found


def stale_state(found: Found) -> Found:
    """A worker that lost its partition writes an old state over that of its successor."""
    newest = found.states()
    customers = [i for i in found.changelog if (i.key or b"").startswith(b"customer-")]
    old = next(i for i in customers if i.value != newest[i.key or b""])
    return dataclasses.replace(found, changelog=[*found.changelog, old])


def lost_state(found: Found) -> Found:
    """A customer's state is gone."""
    key = next(iter(found.states()))
    return dataclasses.replace(found, changelog=[i for i in found.changelog if i.key != key])


def other_repeat(found: Found) -> Found:
    """An output is there twice, with different content."""
    first, *others = found.outputs["churn-risk"]
    value = (first.value or b"").replace(b'"data"', b'"odds"')
    return with_outputs(
        found, "churn-risk", [first, *others, dataclasses.replace(first, value=value)]
    )


def lost_letter(found: Found) -> Found:
    """A record that could not be used has no dead letter."""
    return with_outputs(found, "dead-letters", found.outputs["dead-letters"][1:])


def lost_output(found: Found) -> Found:
    """An alert was never sent."""
    return with_outputs(found, "churn-risk", found.outputs["churn-risk"][1:])


def late_commit(found: Found) -> Found:
    """The group's offset stayed behind."""
    offsets = {place: (0 if end else None, end) for place, (_, end) in found.offsets.items()}
    return dataclasses.replace(found, offsets=offsets)


def with_outputs(found: Found, topic: str, items: list[Item]) -> Found:
    return dataclasses.replace(found, outputs={**found.outputs, topic: items})


PLANTS: dict[Callable[[Found], Found], str] = {
    stale_state: "applied offset: ",
    lost_state: "is missing",
    other_repeat: "is there twice, and differs",
    lost_letter: "has no dead letter",
    lost_output: "is missing",
    late_commit: "offset: ",
}


def test_faults_planted_into_the_topics_are_found_and_nothing_else(deployment: Deployment) -> None:
    deployment.produce("interactions", LOAD.interactions(1500))
    deployment.produce("complaints", complaints(30))
    worker = deployment.worker(BATCH_SIZE="100")
    deployment.wait_done(worker)
    assert worker.stop() == 0, worker.output
    verify(deployment)
    found, (_, reference) = Found.of(deployment), undisturbed(deployment)
    for plant, word in PLANTS.items():
        said = "\n".join(Verifier(plant(found)).problems(reference))
        assert word in said, f"{plant.__name__} went unseen: {said}"
    outcomes = {outcome for item in found.outputs["dead-letters"] for outcome in [item.value]}
    assert len(outcomes) > 10, "the load has no rejects to speak of"
    assert {i.key for i in deployment.read(CHANGELOG)} >= {b"complainer-1", b"customer-1"}


@pytest.mark.parametrize("store", ["lost", "other"])
def test_a_store_that_differs_from_the_changelog_is_found(store: str) -> None:
    item = Item(0, 0, 0, b"k", b"v", ())
    found = Found({}, [item], {"dead-letters": []}, {}, 0, 0)
    held = {} if store == "lost" else {b"k": b"w"}
    verifier = Verifier(found)
    verifier._compare_store(found.states(), held)
    assert dict(verifier._problems) == {"store": ["store: b'k' is not what the changelog says"]}
