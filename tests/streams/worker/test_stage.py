"""The customer stage: the order of its writes, whatever arrives and however long sending takes."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.worker.dead_letters import TooManyDeadLettersError
from streams.worker.lease import LeaseLostError
from streams.worker.outbox import SendError
from streams.worker.stage import AHEAD, FEW
from tests.streams.worker.stage_bench import Bench, Journal


def check_law_3(journal: Journal) -> None:
    """No step of a record came before the one that must be done first."""
    outputs: set[int] = set()
    sent = kept = stored = 0
    for kind, what in journal:
        match kind:
            case "acked p.churn-risk":
                outputs |= {int(value) for _, value in what}
            case "send changelog":
                sent = max(sent, int(dict(what).get(b"c", 0)))
                assert outputs >= set(range(1, sent, 2)), "outputs are acknowledged first"
            case "acked changelog":
                kept = max(kept, int(dict(what).get(b"c", 0)))
            case "store":
                stored = max(stored, int(what.get(b"c", 0)))
                assert stored <= kept, "the changelog is acknowledged first"
            case "ack":
                assert what < stored, "the store is written first"


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch_size=st.integers(1, 7),
    seed=st.integers(0, 1000),
    due=st.sets(st.integers(0, 40), max_size=4),
)
def test_law_3_outputs_before_changelog_before_store_before_offsets(
    sizes: list[int], batch_size: int, seed: int, due: set[int]
) -> None:
    bench = Bench(seed, batch_size)
    asyncio.run(bench.run_through(sizes, seed, due))
    total = sum(sizes)
    ends = [sum(sizes[: i + 1]) - 1 for i in range(len(sizes))]
    assert bench.of("ack") == ends, "each composite once, in order"
    assert bench.shelf.held.pop(b"c") == b"%d" % total, "every record once"
    parts = 2 * sum(offset < total for offset in due)
    assert bench.shelf.held == ({b"due": b"%d" % parts} if parts else {}), "every part once"
    sent = [pair for pairs in bench.of("acked p.churn-risk") for pair in pairs]
    assert sent == [(b"c", b"%d" % offset) for offset in range(1, total, 2)]
    check_law_3(bench.journal)


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch_size=st.integers(1, 7),
    seed=st.integers(0, 1000),
    refused=st.integers(0, 12),
)
def test_law_3_after_a_refusal_nothing_is_written_that_rests_on_it(
    sizes: list[int], batch_size: int, seed: int, refused: int
) -> None:
    bench = Bench(seed, batch_size)
    bench.broker.refused = refused

    async def work() -> None:
        for size in sizes:
            bench.arrive(*[b"x"] * size)
        running = asyncio.create_task(bench.stage.run())
        while len(bench.of("ack")) < len(sizes) and not running.done():
            await asyncio.sleep(0)
        if running.done():
            with pytest.raises(SendError):
                await running
        running.cancel()

    asyncio.run(work())
    check_law_3(bench.journal)


def test_the_next_round_does_not_wait_for_the_acknowledgements_of_the_last() -> None:
    bench = Bench(batch_size=2)

    async def work() -> None:
        bench.broker.least = 1
        bench.arrive(*[b"x"] * 12)
        for _ in range(6):
            bench.stage._cycle(taking=True)
        await asyncio.sleep(0)
        assert len(bench.of("send p.churn-risk")) == AHEAD
        assert not bench.of("acked p.churn-risk")
        await bench.stage.close()

    asyncio.run(work())
    assert bench.shelf.held == {b"c": b"%d" % (2 * AHEAD)}
    check_law_3(bench.journal)


@pytest.mark.parametrize(
    ("waiting", "goes"), [(FEW, True), (FEW + 1, False), (19, False), (20, True)]
)
def test_while_a_round_is_on_its_way_a_few_records_follow_or_a_full_round(
    waiting: int, goes: bool
) -> None:
    bench = Bench(batch_size=20)

    async def work() -> None:
        bench.broker.least = 1
        bench.arrive(b"x", b"x")
        bench.stage._cycle(taking=True)
        bench.arrive(*[b"x"] * waiting)
        bench.stage._cycle(taking=True)
        assert (bench.inbox.size == 0) == goes
        await bench.round()
        await bench.round()
        assert bench.inbox.size == 0
        await bench.stage.close()

    asyncio.run(work())
    assert bench.shelf.held == {b"c": b"%d" % (2 + waiting)}


def test_one_request_carries_outputs_and_the_changelog_of_the_round_before() -> None:
    bench = Bench(batch_size=2)

    async def work() -> None:
        bench.arrive(*[b"x"] * 6)
        for _ in range(3):
            await bench.round()
            bench.journal.append(("round", None))

    asyncio.run(work())
    kinds = " ".join(kind.removesuffix(" p.churn-risk") for kind, _ in bench.journal)
    sent = [part.count("send") for part in kinds.split("round")]
    assert sent == [1, 2, 2, 0], "from the second round on, outputs and a changelog"
    check_law_3(bench.journal)


def test_law_3_records_are_acknowledged_when_all_that_was_due_before_them_is_done() -> None:
    bench = Bench(batch_size=4)

    async def work() -> None:
        bench.arrive(b"x", b"due", b"x")
        bench.arrive(b"x")
        for expected in (b"1", b"2"):
            await bench.round()
            await bench.stage._finish()
            assert bench.shelf.held == {b"c": b"1", b"due": expected}
            assert not bench.of("ack")
        assert bench.inbox.size == 0
        await bench.round()
        await bench.stage.close()

    asyncio.run(work())
    assert bench.of("ack") == [2, 3]
    assert bench.shelf.held == {b"c": b"4", b"due": b"2"}


def test_closing_drops_what_is_done_in_part_and_does_not_go_on_with_it() -> None:
    bench = Bench(batch_size=4)

    async def work() -> None:
        bench.arrive(b"x", b"due", b"x")
        await bench.round()
        await bench.stage.close()
        bench.stage.open()
        assert not bench.stage._decider.is_busy
        bench._offset = 0
        bench.arrive(b"x", b"x", b"x")
        await bench.round()
        await bench.stage.close()

    asyncio.run(work())
    assert bench.of("ack") == [2]
    assert bench.shelf.held == {b"c": b"4", b"due": b"1"}, "this processor knows no repeats"


def test_closing_finishes_what_was_decided_and_takes_nothing_more() -> None:
    bench = Bench(batch_size=2)

    async def work() -> None:
        bench.arrive(*[b"x"] * 6)
        await bench.round()
        await bench.stage.close()

    asyncio.run(work())
    taken = int(bench.shelf.held[b"c"] or 0)
    assert taken in (2, 4), "the round decided ahead too, but no other"
    assert bench.inbox.size == 0


def test_law_4_before_a_flood_stops_it_the_stage_finishes_the_rounds_before() -> None:
    bench = Bench(batch_size=4, window=4)

    async def work() -> None:
        bench.arrive(*[b"x"] * 4)
        bench.arrive(*[b"dead"] * 8)
        await bench.stage.run()

    with pytest.raises(TooManyDeadLettersError):
        asyncio.run(work())
    assert bench.of("ack") == [3]
    assert bench.shelf.held == {b"c": b"4"}


def test_law_7_an_idle_partition_moves_at_the_pace_of_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(idle_after=60.0)
    (partition,) = bench.partitions.owned
    partition.idle_from = 1_000_000.0
    now = partition.last_read_at

    async def after(seconds: float) -> None:
        monkeypatch.setattr("time.monotonic", lambda: now + seconds)
        await bench.round()
        await bench.stage._finish()

    for seconds, expected in ((59, []), (61, [1_000_061]), (100, [1_000_061]), (125, [1_000_125])):
        asyncio.run(after(seconds))
        written = [int(states[b"advanced"]) for states in bench.of("store")]
        assert written[-1:] == expected


def test_law_3_what_was_decided_without_a_right_to_write_is_decided_anew() -> None:
    """The partitions went and came back, and nobody wrote them meanwhile."""
    bench = Bench()

    async def work() -> None:
        running = asyncio.create_task(bench.stage.run())
        bench.arrive(*[b"x"] * 3)
        while len(bench.of("ack")) < 1:
            await asyncio.sleep(0.01)
        bench.broker.lost = True
        bench.arrive(*[b"x"] * 4)
        while bench.stage._opened.is_set():
            await asyncio.sleep(0.01)
        await bench.stage.close()
        assert bench.of("ack") == [2]
        bench.broker.lost = False
        bench._offset = 3
        bench.partitions.assign({0}, (), bench.shelf, [])
        bench.stage.open()
        bench.arrive(*[b"x"] * 4)
        while len(bench.of("ack")) < 2:
            await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(work())
    assert bench.of("ack") == [2, 6]
    assert bench.shelf.held == {b"c": b"7"}, "every record once"


def test_law_3_nothing_of_a_dropped_round_goes_on_under_a_new_lease() -> None:
    """A round still waits when the one before it is told that the partitions have gone."""
    bench = Bench(batch_size=2)
    bench.broker.least, bench.broker.refused = 50, 0
    bench.broker.refusal = LeaseLostError()

    async def work() -> None:
        for _ in range(2):
            bench.arrive(b"x", b"x")
            bench.stage._cycle(taking=True)
        first, second = bench.under_way
        await bench.stage.close()
        bench.stage.open()
        await asyncio.wait([first, second])
        assert first.exception() is bench.broker.refusal
        assert second.cancelled()

    asyncio.run(work())
    assert not [kind for kind, _ in bench.journal if kind.startswith("acked")]


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch_size=st.integers(1, 7),
    seed=st.integers(0, 1000),
)
@settings(max_examples=30)
def test_law_3_a_transaction_holds_outputs_states_and_offsets_of_the_same_records(
    sizes: list[int], batch_size: int, seed: int
) -> None:
    bench = Bench(seed, batch_size, exactly_once=True)
    asyncio.run(bench.run_through(sizes, seed))
    done = 0
    for outputs, count, offset in bench.of("transaction"):
        assert outputs == [number for number in range(done, offset) if number % 2]
        assert count == offset
        done = offset
    assert done == sum(sizes)
    assert bench.shelf.held == {b"c": b"%d" % done}
