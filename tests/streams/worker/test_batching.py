"""Composites of fetched records, and what is committed when they are acknowledged."""

from pathlib import Path

import faust
import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.batching import CompositeScheduler, LostDeliveryError
from tests.streams.worker.batching_bench import HERE, Bookkeeping, Log, ours, records, stock


def test_a_fetch_becomes_one_composite_a_partition() -> None:
    here, there = TP("interactions", 0), TP("complaints", 3)
    fetched = {here: records(10, 5), there: records(7, 2, "complaints", 3)}
    found = dict(CompositeScheduler().iterate(fetched))
    assert found.keys() == fetched.keys()
    assert found[here].value == fetched[here]
    assert (found[here].offset, found[there].offset) == (14, 8)
    assert (found[there].topic, found[there].partition) == ("complaints", 3)


def test_a_long_fetch_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CompositeScheduler, "largest", 4)
    fetched = {HERE: records(0, 10)}
    found = [composite for _, composite in CompositeScheduler().iterate(fetched)]
    assert [composite.offset for composite in found] == [3, 7, 9]
    assert [raw for composite in found for raw in composite.value] == fetched[HERE]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    begin=st.sampled_from([0, 1, 100]),
    commits=st.sets(st.integers(0, 11)),
)
def test_law_4_acknowledging_a_composite_never_commits_beyond_it(
    sizes: list[int], begin: int, commits: set[int]
) -> None:
    async def work(books: Bookkeeping) -> None:
        delivered = await books.read(sizes, begin)
        for index, message in enumerate(delivered):
            assert books.commit() is None or books.committed == begin + sum(sizes[:index])
            books.acknowledge(message)
            if index in commits:
                assert books.commit() == message.offset + 1
        assert books.commit() in (None, begin + sum(sizes))
        assert books.committed == begin + sum(sizes)
        assert books.commit() is None

    ours(work)


def test_nothing_is_committed_before_the_first_acknowledgement() -> None:
    async def work(books: Bookkeeping) -> None:
        await books.read([5, 5])
        assert books.commit() is None

    ours(work)


def test_a_later_commit_keeps_no_trace_of_earlier_composites() -> None:
    async def work(books: Bookkeeping) -> None:
        for message in await books.read([100] * 50):
            books.acknowledge(message)
        books.commit()
        assert not books._consumer._acked[HERE]
        assert not books._consumer._acked_index[HERE]
        assert not books._consumer._gap[HERE]

    ours(work)


def test_law_4_no_commit_passes_a_composite_that_was_lost_on_its_way() -> None:
    async def work(books: Bookkeeping) -> None:
        first, _lost, third = await books.read([10, 10, 10])
        books.acknowledge(first)
        assert books.commit() == 10
        books.acknowledge(third)
        with pytest.raises(LostDeliveryError, match="partition 0: the records up to offset 19"):
            books.commit()
        assert books.committed == 10

    ours(work)


def test_what_was_fetched_is_in_hand_until_the_group_has_taken_the_commit() -> None:
    async def work(books: Bookkeeping) -> None:
        consumer, log = books._consumer, Log(committed=10)
        consumer._thread = log
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (None, 0)
        log.produce(5)
        await consumer._getmany({HERE}, timeout=1.0)
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (10, 5)
        log.refuses = True
        await consumer._commit({HERE: 15})
        assert consumer.in_hand(HERE) == 5
        log.refuses = False
        await consumer._commit({HERE: 15})
        assert (consumer.kept(HERE), consumer.in_hand(HERE)) == (15, 0)

    ours(work)


def test_why_not_faust_s_own_bookkeeping_it_falls_behind() -> None:
    """The reason for `BatchConsumer`; when this fails, Faust has changed: look again."""

    async def work(books: Bookkeeping) -> list[int | None]:
        for message in await books.read([100] * 4):
            books.acknowledge(message)
        return [books.commit() for _ in range(4)]

    assert stock(work) == [200, 300, 400, None]
    assert ours(work) == [400, None, None, None]


def test_faust_keeps_touching_gaps_apart() -> None:
    """Joined gaps would let Faust's own bookkeeping commit beyond an acknowledged composite."""

    async def work(books: Bookkeeping) -> int | None:
        first, second, _ = await books.read([10, 10, 10])
        books.acknowledge(first)
        books.acknowledge(second)
        books.commit()
        return books.committed

    assert stock(work) == 20


def test_pinned_versions_are_those_that_were_looked_at() -> None:
    project = Path(__file__).parents[3].joinpath("pyproject.toml").read_text(encoding="utf-8")
    assert faust.__version__ == "0.15.3"
    assert '"faust-streaming==0.15.3"' in project
