"""How long a partition waits for the sibling of a topic, so that their records meet in order."""

import pytest

from schemas.codec import Decoded
from streams.metrics import Metrics
from streams.worker import deciding
from streams.worker.dead_letters import DeadLetterGuard
from streams.worker.deciding import ON_ITS_WAY, PATIENCE, Decider
from streams.worker.inbox import Inbox
from streams.worker.partitions import Partitions
from streams.worker.rounds import Names
from tests.streams.worker.stage_bench import Delivered, Raw, Shelf, Tally

NAMES = Names(
    inputs={"here": "interactions", "sibling": "complaints"},
    physical={"churn-risk": "churn-risk"},
    single=frozenset(),
    changelog="changelog",
)


class Broker:
    """What the consumer knows of the sibling topic; the other one has been read to its end."""

    end_of_sibling: int | None = 0
    fetched_of_sibling = 0

    def end(self, topic: str, partition: int) -> int | None:
        """The end."""
        return self.end_of_sibling if topic == "sibling" else 1

    def fetched(self, topic: str, partition: int) -> int:
        """How far it has come."""
        return self.fetched_of_sibling if topic == "sibling" else 1


class Clock:
    """Stands in for the module ``time``."""

    now = 100.0

    def monotonic(self) -> float:
        """As the test has it."""
        return self.now


class Rig:
    """A decider with one waiting record."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.broker = Clock(), Broker()
        monkeypatch.setattr(deciding, "time", self.clock)
        partitions = Partitions(lambda _, read: Tally(read))
        partitions.assign({0}, (), Shelf([]), [])
        self.inbox = Inbox(tuple(NAMES.inputs), 1000)
        self.decider = Decider(
            self.inbox,
            names=NAMES,
            partitions=partitions,
            decode=lambda *_, **__: Decoded(payload=None, event_id="", occurred_at=0.0),  # type: ignore[arg-type]
            guard=DeadLetterGuard(0.5, 1000),
            metrics=Metrics(),
            positions=self.broker,  # type: ignore[arg-type]
            batch_size=10,
            idle_after=0.0,
        )
        self.inbox.add(Delivered([], [Raw(0, b"x", topic="here")]))

    def assert_waits(self, seconds: float) -> None:
        """It still waits shortly before so much time has passed, and no more shortly after."""
        assert self.decider.decide() is None
        self.clock.now += seconds - 0.01
        assert self.decider.decide() is None
        self.clock.now += 0.02
        assert self.decider.decide() is not None


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    """With time in the test's hands."""
    return Rig(monkeypatch)


def test_a_sibling_that_is_read_to_its_end_is_not_waited_for(rig: Rig) -> None:
    assert rig.decider.decide() is not None


def test_a_sibling_with_more_on_the_broker_is_waited_for_patiently(rig: Rig) -> None:
    rig.broker.end_of_sibling = 7
    rig.assert_waits(PATIENCE)


def test_a_sibling_of_which_nothing_is_known_yet_is_waited_for_patiently(rig: Rig) -> None:
    rig.broker.end_of_sibling = None
    rig.assert_waits(PATIENCE)


def test_a_sibling_that_is_fetched_to_its_end_is_waited_for_briefly(rig: Rig) -> None:
    """It may be but the mark of a transaction."""
    rig.inbox.add(Delivered([], [Raw(0, b"x", topic="sibling")]))
    assert rig.decider.decide() is not None
    rig.inbox.add(Delivered([], [Raw(1, b"x", topic="here")]))
    rig.broker.end_of_sibling = rig.broker.fetched_of_sibling = 2
    rig.assert_waits(ON_ITS_WAY)


def test_what_the_sibling_brings_ends_the_wait(rig: Rig) -> None:
    rig.broker.end_of_sibling = 7
    assert rig.decider.decide() is None
    rig.inbox.add(Delivered([], [Raw(0, b"x", topic="sibling")]))
    assert rig.decider.decide() is not None


def test_a_sibling_that_has_brought_something_is_waited_for_anew(rig: Rig) -> None:
    """In a long catch-up a topic comes fetch by fetch, and each may be late."""
    rig.broker.end_of_sibling = 7
    rig.assert_waits(PATIENCE)
    rig.inbox.add(Delivered([], [Raw(0, b"x", topic="sibling")]))
    assert rig.decider.decide() is not None
    rig.inbox.add(Delivered([], [Raw(1, b"x", topic="here")]))
    rig.assert_waits(PATIENCE)
