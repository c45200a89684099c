"""Reasons: what speaks for and against a risk, by themes, in numbers and in words."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.alerts.themes import sentence_of, theme_of, value_of
from detectors.customer.features import Facts, Vector
from detectors.policy import Policy
from detectors.scoring import Explanation
from schemas.reasons import Change, Reason

MOST = 5
"""Reasons named in an alert."""
FEW = 3
"""Reasons named in a customer's public view, and changes named in an alert."""
SLIGHT = 0.02
"""Contributions smaller than this (log-odds) are not worth a sentence."""


def reasons_of(
    explanation: Explanation, facts: Facts, policy: Policy, most: int = MOST
) -> list[Reason]:
    """The themes that contribute most, strongest first; the first one always."""
    themes, sums = by_theme(explanation.names, explanation.parts)
    return [
        Reason(
            feature=themes[index],
            contribution=round(sums[index], 4),
            value=round(value_of(themes[index], facts), 4),
            text=sentence_of(themes[index], facts, policy),
        )
        for rank, index in enumerate(strongest(sums, most))
        if rank == 0 or abs(sums[index]) >= SLIGHT
    ]


def changes_of(
    contributions: Vector, facts: Facts, names: tuple[str, ...], policy: Policy
) -> list[Change]:
    """The themes that moved most between two moments, by the model that speaks now.

    `contributions`: of the numeric features, then and now (2×d; `Scorer.contributions`).
    """
    themes, then = by_theme(names, contributions[0])
    _, now = by_theme(names, contributions[1])
    moved = [after - earlier for after, earlier in zip(now, then, strict=True)]
    return [
        Change(
            feature=themes[index],
            before=round(then[index], 4),
            after=round(now[index], 4),
            contribution_change=round(moved[index], 4),
            text=sentence_of(themes[index], facts, policy),
        )
        for index in strongest(moved, FEW)
        if abs(moved[index]) >= SLIGHT
    ]


def by_theme(names: tuple[str, ...], parts: Vector) -> tuple[tuple[str, ...], list[float]]:
    """The themes of some features, and the sum of their contributions for each."""
    themes, places = _grouping(names)
    sums: list[float] = np.bincount(places, weights=parts, minlength=len(themes)).tolist()
    return themes, sums


def strongest(sums: Sequence[float], most: int) -> list[int]:
    """Places of the largest magnitudes, largest first; equal ones in their order."""
    return sorted(range(len(sums)), key=lambda index: -abs(sums[index]))[:most]


@lru_cache(maxsize=256)
def _grouping(names: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    themes = tuple(dict.fromkeys(map(theme_of, names)))
    places = {theme: index for index, theme in enumerate(themes)}
    return themes, np.array([places[theme_of(name)] for name in names], dtype=np.intp)
