"""Reasons: what speaks for and against a risk, by themes, in numbers and in words."""

from collections.abc import Mapping

from detectors.alerts.themes import OWNER, grouped, sentence_of, themes_of, value_of
from detectors.customer.facts import Facts
from detectors.customer.features import Vector
from detectors.policy import Policy
from detectors.rounding import rounded
from schemas.reasons import Change, Reason

MOST = 5
"""Reasons named in an alert."""
FEW = 3
"""Reasons named in a customer's public view, and changes named in an alert."""
SLIGHT = 0.02
"""Contributions smaller than this (log-odds) are not worth a sentence."""


def reasons_of(
    contributions: Mapping[str, float],
    facts: Facts,
    policy: Policy,
    most: int = MOST,
    *,
    about: str = "",
) -> list[Reason]:
    """The themes that contribute most, strongest first; the first one always.

    `contributions`: to the log-odds, by theme (`Scorer.by_theme`). `about`: what the alert is
    about; it is named in any case, as the last one if it is not among the strongest.
    """
    first, *further = strongest(contributions, most)
    themes = [first, *(theme for theme in further if abs(contributions[theme]) >= SLIGHT)]
    if about in contributions and about not in themes:
        themes.append(about)
    return [
        Reason(
            feature=theme,
            contribution=rounded(contributions[theme]),
            value=rounded(value_of(theme, facts, policy)),
            text=sentence_of(theme, facts, policy),
        )
        for theme in themes
    ]


def owner_reason(
    contributions: Mapping[str, float], facts: Facts, policy: Policy, others: list[Reason]
) -> list[Reason]:
    """Before the other reasons: that nobody looks after the customer, whatever it contributes."""
    if facts.owner_gap is None:
        return others
    own = Reason(
        feature=OWNER,
        contribution=rounded(contributions.get(OWNER, 0.0)),
        value=rounded(value_of(OWNER, facts, policy)),
        text=sentence_of(OWNER, facts, policy),
    )
    return [own, *(reason for reason in others if reason.feature != OWNER)]


def changes_of(
    contributions: Vector, facts: Facts, names: tuple[str, ...], policy: Policy
) -> list[Change]:
    """The themes that moved most between two moments, by the model that speaks now.

    `contributions`: of the numeric features, then and now (2×d; `Scorer.since`).
    """
    sums = grouped(names, contributions).T.tolist()
    then_and_now = dict(zip(themes_of(names), sums, strict=True))
    moved = {theme: now - then for theme, (then, now) in then_and_now.items()}
    return [
        Change(
            feature=theme,
            before=rounded(then_and_now[theme][0]),
            after=rounded(then_and_now[theme][1]),
            contribution_change=rounded(moved[theme]),
            text=sentence_of(theme, facts, policy),
        )
        for theme in strongest(moved, FEW)
        if abs(moved[theme]) >= SLIGHT
    ]


def strongest(contributions: Mapping[str, float], most: int) -> list[str]:
    """The themes with the largest magnitudes, largest first; equal ones in their order."""
    sizes = {theme: abs(part) for theme, part in contributions.items()}
    return sorted(sizes, key=sizes.__getitem__, reverse=True)[:most]
