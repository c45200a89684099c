"""What contacts come to in a week, and what in resamples of the customers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.economics import MEASURES, Contacts, accounts
from detectors.policy import Business
from streams.backtest.scored import Floats
from streams.tune.parts import Part
from streams.tune.trial import Trial

CONTACTS, NET = MEASURES.index("contacts"), MEASURES.index("net")

Weights = NDArray[np.uint8]
"""How often each resample holds each customer: resamples by customers."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An average week."""

    totals: Floats
    """Each of `economics.MEASURES`."""
    draws: Floats
    """The same in each resample: measures by resamples."""
    busiest_week: int
    """The most contacts in seven days from the part's first day on."""

    @property
    def contacts(self) -> float:
        """Number of contacts."""
        return float(self.totals[CONTACTS])

    @property
    def net(self) -> Floats:
        """Net gain in each resample, in currency units."""
        return np.asarray(self.draws[NET])


def expected(
    trial: Trial, contacts: Contacts, part: Part, business: Business, weights: Weights
) -> Expected:
    """What those of the contacts come to that lie in `part`."""
    rows, leaves = within(trial, contacts, part)
    per_contact = accounts(leaves, trial.stake[rows], business) / part.weeks
    weeks = np.bincount((trial.days[rows] - part.first) // 7)
    return Expected(
        totals=per_contact.sum(axis=1),
        draws=per_contact @ weights[:, trial.places[rows]].T,
        busiest_week=int(weeks.max(initial=0)),
    )


def within(trial: Trial, contacts: Contacts, part: Part) -> Contacts:
    """Those of the contacts that lie in the part."""
    rows, leaves = contacts
    inside = part.holds(trial.days[rows])
    return rows[inside], leaves[inside]
