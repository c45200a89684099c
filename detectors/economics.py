"""What it brings to contact customers who may leave, in money.

A contact of a customer who leaves with probability p, and with whom the margin v is lost, brings

    p · save_rate · v − contact_cost

This is the profit of a retention campaign of Neslin, Gupta, Kamakura, Lu & Mason (2006), Defection
Detection, Journal of Marketing Research 43(2), for a single customer and without fixed costs;
Verbeke, Dejaeger, Martens, Hur & Baesens (2012), European Journal of Operational Research 218(1),
choose the share of customers to contact by it (the maximum profit criterion). They give every
customer the same value; here each has its own, as in Óskarsdóttir, Baesens & Vanthienen (2018),
Big Data 6(1). `contact_cost` holds the incentive as well.

Of the past it is known who left: p is then 1 or 0, and the sum over all contacts is what would
have been gained.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.policy import Business

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]

Contacts = tuple[Rows, Flags]
"""The rows that are contacted, and which of these would have been lost."""


def expected_gain(probability: Floats, value: Floats, business: Business) -> Floats:
    """What each contact brings, in currency units; `value`: the margin lost with the customer."""
    return np.asarray(probability * business.save_rate * value - business.contact_cost)


MEASURES = ("contacts", "leavers_reached", "saved_margin", "cost", "net")
"""What contacts come to: two counts, and three sums in currency units; net is the gain."""


def accounts(leaves: Flags, value: Floats, business: Business) -> Floats:
    """What each contact adds to each of `MEASURES`: measures by contacts.

    `leaves`: whether the customer would have left; `value`: the margin lost then.
    """
    contacts = np.ones(leaves.size)
    reached = leaves.astype(np.float64)
    gain = expected_gain(reached, value, business)
    cost = contacts * business.contact_cost
    return np.stack([contacts, reached, gain + cost, cost, gain])


@dataclass(frozen=True, slots=True)
class CostCurve:
    """What the contacts under each of some thresholds come to (arrays of one length)."""

    thresholds: Floats
    contacts: Floats
    """Number of contacts."""
    reached: Floats
    """Number of them that reached somebody who would have left."""
    saved: Floats
    """Margin, in currency units."""
    cost: Floats
    """Of the contacts, in currency units."""
    net: Floats
    """Margin saved less the cost, in currency units."""

    def per(self, number: float) -> "CostCurve":
        """The same for one of so many, such as weeks."""
        parts = (self.contacts, self.reached, self.saved, self.cost, self.net)
        return CostCurve(self.thresholds, *(part / number for part in parts))

    def best(self, most: float = np.inf, merit: Floats | None = None) -> int | None:
        """Place of the best threshold among those that gain, with at most so many contacts.

        The best has the highest `merit`, by default the highest net gain. Of equal ones it is the
        highest threshold, which disturbs the fewest; None if none gains.
        """
        places = np.flatnonzero((self.net > 0) & (self.contacts <= most))
        if not places.size:
            return None
        merits = (self.net if merit is None else merit)[places]
        return int(places[np.flatnonzero(merits == merits.max())[-1]])


def cost_curve(
    thresholds: Floats, contacts: Iterable[Contacts], value: Floats, business: Business
) -> CostCurve:
    """The curve of ascending thresholds, each with its contacts.

    `value` is the margin lost with the customer of each row, in currency units.
    """
    sums = [accounts(leaves, value[rows], business).sum(axis=1) for rows, leaves in contacts]
    return CostCurve(thresholds, *np.array(sums).reshape(-1, len(MEASURES)).T)


def everyone_from(thresholds: Floats, score: Floats, leaves: Flags) -> Iterator[Contacts]:
    """All whose score is at or above each threshold: the contacts of a plain list."""
    for threshold in thresholds:
        rows = np.flatnonzero(score >= threshold)
        yield rows, leaves[rows]
