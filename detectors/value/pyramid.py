"""The customer pyramid (D4): levels by revenue rank, from boundaries that the portfolio publishes.

``top`` is the first 1 % of active customers, ``large`` the next 4 %, ``medium`` the next 15 %,
``small`` the rest; shares are the policy's.
"""

from collections.abc import Mapping

LEVELS = ("top", "large", "medium", "small")


def level_of(revenue: float, boundaries: Mapping[str, float]) -> str:
    """The level of a trailing revenue; ``inactive`` without any."""
    if revenue <= 0:
        return "inactive"
    for level in LEVELS[:-1]:
        if level in boundaries and revenue >= boundaries[level]:
            return level
    return "small"


def distance_to_next(revenue: float, boundaries: Mapping[str, float]) -> float | None:
    """Revenue missing to the next level (currency units); None at the top or without boundaries."""
    higher = [boundary for boundary in boundaries.values() if boundary > revenue]
    return min(higher) - revenue if higher else None
