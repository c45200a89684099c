"""Who left, and which contacts were about the same loss: each is counted once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.targets import Target
from streams.backtest.ledger import Days, Flags, Ledger

Numbers = NDArray[np.int64]


def departures(
    ledger: Ledger, target: Target, customers: Sequence[str], days: Days
) -> tuple[Flags, Numbers]:
    """Whether each customer leaves within the horizon after each day, and the number of that loss.

    Silence: no activity in (day, day + H]; as long as nothing is bought it is the same loss.
    Cancellation: a cancellation there; up to it, it is the same loss.
    """
    places, until = ledger.places(customers), days + target.horizon_days
    if target.definition == "cancellation":
        return ledger.cancelled.any_between(places, days, until), ledger.cancelled.counts(
            places, days
        )[0]
    stays = ledger.active.any_between(places, days, until)
    return np.logical_not(stays), ledger.active.counts(places, days)[0]


def first_of_each(places: Numbers, numbers: Numbers, chosen: Flags) -> Flags:
    """Of the chosen rows the first of each customer's loss; rows are in order of days."""
    first = np.zeros(places.size, dtype=np.bool_)
    rows = np.flatnonzero(chosen)
    pairs = np.stack([places[rows], numbers[rows]])
    _, firsts = np.unique(pairs, axis=1, return_index=True)
    first[rows[firsts]] = True
    return first
