"""Who leaves by the events alone, and which moments are about the same loss."""

import numpy as np

from detectors.targets import Target
from schemas.codec import Decoded
from streams.backtest.ledger import Ledger
from streams.tune.departures import departures, first_of_each
from tests.detectors.builders import FIRST_DAY, Happening, interaction, on, policy_of, purchase


def ledger_of(*happenings: Happening) -> Ledger:
    ledger = Ledger(policy_of())
    for happening in happenings:
        assert happening.payload is not None
        ledger.note(Decoded(happening.payload, happening.event_id, happening.at))
    return ledger


def asked(ledger: Ledger, target: Target, *days: int) -> list[tuple[bool, int]]:
    customers = ["c"] * len(days)
    moments = np.array(days, dtype=np.int64) + FIRST_DAY
    leaves, losses = departures(ledger, target, customers, moments)
    return list(zip(leaves.tolist(), losses.tolist(), strict=True))


def test_silence_is_one_loss_until_the_next_purchase() -> None:
    ledger = ledger_of(purchase("1", "c", on(0)), purchase("2", "c", on(50)))
    found = asked(ledger, Target("silence", 30), 5, 15, 25, 55)
    assert found == [(True, 1), (True, 1), (False, 1), (True, 2)]


def test_a_cancellation_is_one_loss_until_it_comes() -> None:
    ledger = ledger_of(
        purchase("1", "c", on(0)),
        interaction("2", "c", on(40), "cancel"),
        interaction("3", "c", on(80), "cancel"),
    )
    found = asked(ledger, Target("cancellation", 30), 5, 15, 39, 60)
    assert found == [(False, 0), (True, 0), (True, 0), (True, 1)]


def test_of_each_loss_the_first_chosen_row_counts() -> None:
    places, numbers = np.array([0, 0, 0, 1]), np.array([1, 1, 2, 1])
    everyone = first_of_each(places, numbers, np.ones(4, dtype=np.bool_))
    assert everyone.tolist() == [True, False, True, True]
    later = first_of_each(places, numbers, np.array([False, True, True, False]))
    assert later.tolist() == [False, True, True, False]
    assert not first_of_each(places, numbers, np.zeros(4, dtype=np.bool_)).any()
