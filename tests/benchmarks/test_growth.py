"""Sizes are compared within a round; silence is scaled to a core."""

from dataclasses import dataclass

import pytest

from benchmarks.drive import BATCH
from benchmarks.growth import Silence, Spent, compare


@dataclass
class Store:
    customers: int
    disk: int = 5_000_000
    restored: float = 0.25


def spent(each: float) -> Spent:
    """A batch of so many µs an event: a tenth decodes, a tenth stores."""
    seconds = each * BATCH / 1e6
    return Spent(seconds / 10, seconds * 8 / 10, seconds / 10)


def test_growth_is_taken_within_a_round_whatever_the_machine_does() -> None:
    rounds = [[spent(500), spent(1)]]  # does not count
    rounds += [[spent(10 * load), spent(12 * load)] for load in (1, 3, 2)]
    small, large = compare([Store(10), Store(100)], rounds)
    assert (small.growth, large.growth) == (1.0, 1.2)
    assert (small.each, large.each) == (20.0, 24.0)
    assert (large.decode, large.process, large.store) == (2.4, 19.2, 2.4)
    assert (large.customers, large.batches, large.disk_megabytes) == (100, 3, 5)


def test_silence_takes_the_share_of_a_core_that_its_days_have() -> None:
    silence = Silence(
        customers=1_000,
        days=2,
        reviews=400,
        cpu_seconds=8.64,
        longest_day=6.0,
        longest_part=0.1,
        outputs=900,
    )
    assert silence.review == pytest.approx(21_600)
    assert silence.share_of_core(1_000) == pytest.approx(0.00005)
    assert silence.share_of_core(1_000_000) == pytest.approx(0.05)
