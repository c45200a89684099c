"""Gaps counted by length: exact at the edges of classes, and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.features import gap_ends, gaps_short
from detectors.customer.gaps import EDGES, counted, longer_than
from detectors.customer.history import Windows
from detectors.customer.state import Settled
from tests.detectors.facts import spending

lengths = st.lists(st.integers(1, 1_000), max_size=40)


def counts_of(gaps: list[int]) -> bytes:
    return counted(b"", gaps)


@given(lengths)
def test_gaps_count_the_same_one_by_one_and_all_at_once(gaps: list[int]) -> None:
    counts = b""
    for gap in gaps:
        counts = counted(counts, [gap])
    assert counts == counts_of(gaps)


@given(lengths, st.sampled_from((0, *EDGES)))
def test_at_an_edge_the_number_of_longer_gaps_is_exact(gaps: list[int], days: int) -> None:
    assert longer_than(counts_of(gaps), days) == sum(gap > days for gap in gaps)


@given(lengths, st.integers(0, 270))
def test_between_edges_it_is_between_them(gaps: list[int], days: int) -> None:
    below = max(edge for edge in (0, *EDGES) if edge <= days)
    above = min(edge for edge in EDGES if edge >= days)
    counts = counts_of(gaps)
    assert longer_than(counts, above) <= longer_than(counts, days) <= longer_than(counts, below)


@given(st.permutations([2, 2, 9, 40, 400]))
def test_the_order_of_gaps_does_not_count(gaps: list[int]) -> None:
    assert counts_of(gaps) == counts_of([2, 2, 9, 40, 400])


def test_no_count_outgrows_its_byte() -> None:
    assert counts_of([5] * 300) == bytes([0, 0, 255])
    assert len(counts_of([10_000])) == len(EDGES) + 1


def test_a_silence_that_ended_before_speaks_against_churn() -> None:
    long_gaps, daily = counts_of([50] * 6), counts_of([1] * 6)

    def ends(gaps: bytes, recency: int) -> float:
        summary = Settled(occasions=7, first_day=0, last_day=1_000 - recency, gaps=gaps)
        return gap_ends(spending(1.0, summary=summary, windows=Windows()))

    assert ends(long_gaps, 30) == 3.0 / 8.0
    assert ends(long_gaps, 100) == ends(daily, 30) == ends(b"", 30) == 0.0
    assert ends(counts_of([300] * 6), 30) == -3.0 / 8.0


def test_short_gaps_are_held_back_while_there_are_few() -> None:
    assert gaps_short(Settled(gaps=b"")) == 0.0
    assert gaps_short(Settled(gaps=counts_of([7]))) == 0.5 / 3
    assert gaps_short(Settled(gaps=counts_of([60] * 8))) == -0.4
