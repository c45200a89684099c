"""The fixed scale on which counts, days, money and own numbers become features."""

from math import log1p

LIMIT = 6.0
"""Features are held within ±LIMIT."""


def scaled(value: float) -> float:
    """``log(1 + x) / 2`` of a count, days or money; 0 below 0."""
    return log1p(value) / 2 if value > 0 else 0.0


def signed_log(value: float) -> float:
    """``sign(x) log(1 + |x|) / 2``."""
    return scaled(value) if value >= 0 else -scaled(-value)
