"""The inbox: merged order, nothing lost, composites finished exactly when their last is taken."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.worker.inbox import Inbox, PartitionInbox

TOPICS = ("a", "b", "c")


@dataclass
class Raw:
    """A record as the inbox looks at it."""

    topic: str
    offset: int
    timestamp: int
    partition: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[()] = ()


@dataclass
class Place:
    """Where a composite comes from."""

    topic: str
    partition: int
    offset: int


@dataclass
class Event:
    """A composite event."""

    message: Place
    value: list[Any] = field(default_factory=list)


def event(topic: str, begin: int, times: list[int], partition: int = 0) -> Event:
    """A composite of records with these timestamps."""
    records = [Raw(topic, begin + i, time, partition) for i, time in enumerate(times)]
    return Event(Place(topic, partition, begin + len(times) - 1), records)


def drain(inbox: PartitionInbox, limit: int) -> tuple[list[Any], list[Any]]:
    """Take everything, ``limit`` records at a time."""
    records, finished = [], []
    while inbox.size:
        taken = inbox.take(limit)
        assert 0 < len(taken.records) <= limit
        records += taken.records
        finished += taken.finished
    return records, finished


deliveries = st.lists(
    st.tuples(st.sampled_from(TOPICS), st.lists(st.integers(0, 50), min_size=1, max_size=9)),
    max_size=12,
)


def filled(given: list[tuple[str, list[int]]]) -> tuple[PartitionInbox, list[Event]]:
    """An inbox with these composites in it."""
    inbox = PartitionInbox(0, TOPICS)
    events, begins = [], dict.fromkeys(TOPICS, 0)
    for topic, times in given:
        made = event(topic, begins[topic], times)
        begins[topic] += len(times)
        inbox.add(made)
        events.append(made)
    return inbox, events


def naive_merge(events: list[Event]) -> list[tuple[str, int]]:
    """Repeatedly the oldest head; topics in their fixed order where equal."""
    queues = {t: [raw for e in events if e.message.topic == t for raw in e.value] for t in TOPICS}
    merged = []
    while any(queues.values()):
        topic = min((t for t in TOPICS if queues[t]), key=lambda t: queues[t][0].timestamp)
        raw = queues[topic].pop(0)
        merged.append((raw.topic, raw.offset))
    return merged


@given(given=deliveries, limit=st.integers(1, 20))
def test_records_come_as_a_naive_merge_gives_them_for_every_limit(
    given: list[tuple[str, list[int]]], limit: int
) -> None:
    inbox, events = filled(given)
    records, finished = drain(inbox, limit)
    assert [(raw.topic, raw.offset) for raw in records] == naive_merge(events)
    assert {id(e) for e in finished} == {id(e) for e in events}


@given(given=deliveries, limit=st.integers(1, 20))
def test_a_composite_is_finished_with_its_last_record_and_in_order(
    given: list[tuple[str, list[int]]], limit: int
) -> None:
    inbox, _ = filled(given)
    last_offset = dict.fromkeys(TOPICS, -1)
    while inbox.size:
        taken = inbox.take(limit)
        for raw in taken.records:
            last_offset[raw.topic] = raw.offset
        for done in taken.finished:
            assert done.message.offset <= last_offset[done.message.topic]


def test_a_partition_stops_where_an_awaited_topic_could_come_first() -> None:
    inbox = PartitionInbox(0, TOPICS)
    inbox.add(event("a", 0, [1, 2, 3]))
    assert inbox.take(10, awaited=["b"]).records == []
    inbox.add(event("b", 0, [2]))
    taken = inbox.take(10, awaited=["b"])
    assert [(raw.topic, raw.offset) for raw in taken.records] == [("a", 0), ("a", 1), ("b", 0)]
    assert inbox.take(10, awaited=["b"]).records == []
    assert len(inbox.take(10).records) == 1


def test_empty_topics_tell_which_offset_comes_next() -> None:
    inbox = PartitionInbox(0, TOPICS)
    inbox.add(event("a", 5, [1, 2]))
    assert inbox.empty_topics() == [("b", None), ("c", None)]
    inbox.take(10)
    assert inbox.empty_topics() == [("a", 7), ("b", None), ("c", None)]


def test_all_partitions_share_a_round_and_full_counts_all_of_them() -> None:
    inbox = Inbox(TOPICS, largest=6)
    for partition in range(3):
        inbox.add(event("a", 0, [1, 2], partition))
    assert inbox.full
    rounds = inbox.take(3, lambda _: ())
    assert {number: len(taken.records) for number, taken in rounds.items()} == {0: 1, 1: 1, 2: 1}
    assert not inbox.full
    inbox.clear()
    assert inbox.size == 0
