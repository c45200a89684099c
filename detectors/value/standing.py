"""Standing: where the portfolio's boundaries lie, and what a review makes of them (D4, D5, D22)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from detectors.customer.facts import Facts
from detectors.customer.state import CustomerState
from detectors.policy import Policy
from detectors.value.abc import CLASSES
from detectors.value.ladder import steadied
from detectors.value.pyramid import INACTIVE, LEVELS, PROSPECT, SUSPECT, next_level
from schemas.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Standing:
    """What a published portfolio says of where a customer belongs."""

    version: str | None = None
    boundaries: Mapping[str, float] = field(default_factory=dict)
    """Level → least revenue in the value window, in currency units."""
    grades: Mapping[str, float] = field(default_factory=dict)
    """Class → least profit in the value window, in currency units."""
    gaps: Mapping[str, float] = field(default_factory=dict)
    """Category → usual days between occasions."""


def standing_of(published: Portfolio) -> Standing:
    """The part of a portfolio that places customers."""
    return Standing(
        published.version, published.boundaries, published.grade_boundaries, published.gaps
    )


class Move(NamedTuple):
    """A customer came to another place; the place before is empty if it had none."""

    scale: str
    before: str
    after: str
    amount: float


def place(
    state: CustomerState,
    day: int,
    revenue: float,
    profit: float,
    standing: Standing,
    policy: Policy,
) -> list[Move]:
    """Put an active customer where it belongs at the end of `day`, and tell its moves.

    `revenue` and `profit` are those of the value window, in currency units. Before any portfolio is
    published nobody stands anywhere.
    """
    moves: list[Move] = []
    if standing.boundaries:
        level = next_level(state.level, revenue, standing.boundaries, policy.value.steady)
        moves += _moved("pyramid", LEVELS, state.level, level, revenue)
        state.level = level
    if standing.grades:
        grade = steadied(state.grade, profit, CLASSES, standing.grades, policy.value.steady)
        moves += _moved("abc", CLASSES, state.grade, grade, profit)
        state.grade = grade
    _note_key_account(state, day, policy)
    return moves


def rest(state: CustomerState, facts: Facts, revenue: float) -> list[Move]:
    """Put a customer who is not active below the pyramid, and tell its move.

    Who had no place in the pyramid before makes none, and leaving the ABC goes without saying.
    """
    if facts.summary.occasions:
        level = INACTIVE
    else:
        is_known = facts.summary.events or facts.complaints_open or facts.complaints_past
        level = PROSPECT if is_known else SUSPECT
    moves = _moved("pyramid", LEVELS, state.level, level, revenue)
    state.level, state.grade, state.key_since = level, "", 0
    return moves


def _moved(
    scale: str, names: tuple[str, ...], before: str, after: str, amount: float
) -> list[Move]:
    if before == after or not (before in names or after in names):
        return []
    return [Move(scale, before, after, amount)]


def _note_key_account(state: CustomerState, day: int, policy: Policy) -> None:
    """Key accounts are found by rule; the day on which one became it is kept."""
    rule = policy.key_accounts
    is_key = state.level in rule.levels or state.grade in rule.classes
    state.key_since = (state.key_since or day) if is_key else 0


def direction_of(move: Move) -> str:
    """`added`, `up`, `down`, `left` or `returned`.

    >>> direction_of(Move("pyramid", "small", "medium", 1.0))
    'up'
    >>> direction_of(Move("pyramid", "small", "inactive", 0.0))
    'left'
    """
    names = LEVELS if move.scale == "pyramid" else CLASSES
    if move.after not in names:
        return "left"
    if move.before not in names:
        return "returned" if move.before == INACTIVE else "added"
    return "up" if names.index(move.after) < names.index(move.before) else "down"
