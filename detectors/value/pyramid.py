"""The customer pyramid (D4): levels by revenue rank, from boundaries that the portfolio publishes.

``top`` is the first 1 % of active customers, ``large`` the next 4 %, ``medium`` the next 15 %,
``small`` the rest; shares are the policy's. Who has the same revenue stands on the same level, the
higher one: of equal customers at a boundary none is left out. The best customer is ``top`` however
few there are; up to 100 it is the only one, and up to 20 nobody is ``large``.
"""

from collections.abc import Mapping

from detectors.value.ladder import place_of, steadied

LEVELS = ("top", "large", "medium", "small")
INACTIVE = "inactive"
"""Bought, but not within the active window, or nothing in the value window."""
PROSPECT = "prospect"
"""In contact with us, and has bought nothing."""
SUSPECT = "suspect"
"""Known from a profile alone."""


def level_of(revenue: float, boundaries: Mapping[str, float]) -> str:
    """The level of a trailing revenue; ``inactive`` without any."""
    return place_of(revenue, LEVELS, boundaries) if revenue > 0 else INACTIVE


def next_level(now: str, revenue: float, boundaries: Mapping[str, float], steady: float) -> str:
    """The level of one who stands at `now`: near a boundary it stays (`ladder.steadied`)."""
    return steadied(now, revenue, LEVELS, boundaries, steady) if revenue > 0 else INACTIVE


def shares_above(top: float, large: float, medium: float) -> dict[str, float]:
    """The share of all customers that belongs to each level or a higher one.

    >>> shares_above(0.01, 0.04, 0.15)
    {'top': 0.01, 'large': 0.05, 'medium': 0.2}
    """
    return {
        "top": top,
        "large": round(top + large, 9),
        "medium": round(top + large + medium, 9),
    }


def distance_to_next(revenue: float, boundaries: Mapping[str, float]) -> float | None:
    """Revenue missing to the next level (currency units); None at the top or without boundaries."""
    higher = [boundary for boundary in boundaries.values() if boundary > revenue]
    return min(higher) - revenue if higher else None
