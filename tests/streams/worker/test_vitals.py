"""The pulse sees records that wait, also when the consumer does not."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.metrics import Metrics
from streams.worker.health import Health
from streams.worker.rounds import Names
from streams.worker.vitals import Vitals

NAMES = Names(
    inputs={"p.interactions": "interactions"},
    physical={"training-examples": "p.training-examples"},
    single=frozenset({"training-examples"}),
    changelog="changelog",
)
PLACE = TopicPartition("p.interactions", 0)


class Consumer:
    """What `Positions` says of a consumer, partition 0 of one topic."""

    def __init__(
        self, *, fetched: int | None, end: int | None, committed: int = 0, in_hand: int = 0
    ) -> None:
        self._fetched = fetched
        self._end = end
        self._committed = committed
        self._in_hand = in_hand

    def end(self, topic: str, partition: int) -> int | None:
        """What the last fetch said."""
        return self._end if topic == PLACE.topic else None

    def fetched(self, topic: str, partition: int) -> int | None:
        """What is fetched next."""
        return self._fetched if topic == PLACE.topic else None

    def committed(self, topic: str, partition: int) -> int:
        """What the group has reached."""
        return self._committed

    def in_hand(self, topic: str, partition: int) -> int:
        """What is between the two."""
        return self._in_hand


class Stage:
    """The customer stage, as far as it has come."""

    def __init__(self, done: Mapping[tuple[str, int], int]) -> None:
        self.done = done


def look(
    consumer: Consumer, told: int | None = None, done: int | None = None
) -> tuple[int, float | None]:
    """One pulse: the lag that health hears of, and the lag among the metrics."""
    health, metrics = Health(0.0), Metrics()
    health.assigned(1, to_recover=0)
    partitions: Any = SimpleNamespace(owned=[SimpleNamespace(number=0, parts=0)])
    stage: Any = Stage({} if done is None else {(PLACE.topic, 0): done})
    positions: Any = consumer
    broadcast: Any = None
    vitals = Vitals(
        None,
        names=NAMES,
        stage=stage,
        partitions=partitions,
        positions=positions,
        broadcast=broadcast,
        health=health,
        metrics=metrics,
    )
    vitals._told = {} if told is None else {PLACE: told}
    vitals._report_lag()
    labels = {"topic": "interactions", "partition": "0"}
    shown = metrics.registry.get_sample_value("churnstream_consumer_lag_records", labels)
    return health.status.lag, shown


def test_a_worker_that_is_done_has_no_lag() -> None:
    at_end = Consumer(fetched=100, end=100, committed=100)
    assert look(at_end, told=100, done=100) == (0, 0.0)


def test_records_that_nobody_fetches_are_lag() -> None:
    """The consumer heard of no new record since it stopped fetching; the broker has them."""
    assert look(Consumer(fetched=100, end=100, committed=100), told=130, done=100) == (30, 30.0)


def test_records_that_were_fetched_and_lost_on_their_way_are_lag() -> None:
    """A position at the end says nothing about what became of the records before it."""
    assert look(Consumer(fetched=100, end=100, committed=60, in_hand=40)) == (40, 40.0)


def test_processed_records_whose_commit_does_not_come_are_lag_to_health_alone() -> None:
    assert look(Consumer(fetched=100, end=100, committed=60, in_hand=40), done=100) == (40, 0.0)


def test_a_partition_without_a_position_is_lag_to_health_alone() -> None:
    assert look(Consumer(fetched=None, end=None), told=50) == (50, 0.0)


@pytest.mark.parametrize("told", [None, 90])
def test_offsets_without_a_record_at_the_end_are_no_lag(told: int | None) -> None:
    """Markers of transactions move the position on; some brokers tell too small ends."""
    assert look(Consumer(fetched=100, end=100, committed=97, in_hand=0), told, done=97) == (0, 0.0)
