"""Labels: what became of the customers about whom something was predicted.

A prediction made at the end of day t is labelled at the end of day t + H, for everybody: neither
those who came back early nor those who left are learned from before (DOMAIN, definitions).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from detectors.customer.history import net_spend, windows_at
from detectors.customer.pending import (
    Pending,
    first_after,
    first_day,
    last_day,
    taken_apart,
    with_pending,
)
from detectors.customer.state import MONEY, CustomerState, Waiting
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.targets import Target
from detectors.value.pyramid import LEVELS, level_of
from schemas.fields import Basis

MODEL, ALERT_OPEN, COMPLAINT_OPEN, CONTACTED, OFFERED, GROUP = 1, 2, 4, 8, 16, 32
"""Flags of a waiting prediction: who made it, and what was under way."""
_CONTEXT = {
    "alert_open": ALERT_OPEN,
    "complaint_open": COMPLAINT_OPEN,
    "contacted": CONTACTED,
    "offered": OFFERED,
}
_LEVEL_SHIFT = 6
_RANKED = LEVELS[::-1]
"""The levels from the lowest up; the place takes two bits of the flags."""


class Matured(NamedTuple):
    """A prediction whose horizon has ended for one of its targets."""

    target: Target
    pending: Pending
    said: bool
    """Whether its probability and features are of this target, and not of the first of its time."""


def label_of(
    state: CustomerState,
    pending: Pending,
    target: Target,
    boundaries: Mapping[str, float],
    policy: Policy,
) -> bool:
    """Whether what `target` names happened in the horizon (t, t + H] after `pending.day`.

    Silence: no day of activity. Cancellation: a `cancel`. Acceptance: an offer was accepted, where
    the day of the offer counts too. Level: the customer stands higher at the end, by the pyramid's
    `boundaries` of that moment. Spend: net spend is at least `upgrade.ratio` times that of as many
    days before, and above 0.
    """
    first, last = pending.day + 1, pending.day + target.horizon_days
    days = state.days
    match target.definition:
        case "silence":
            return not any(first <= day.number <= last and day.activity for day in days)
        case "cancellation":
            return any(first <= day.number <= last and day.cancels for day in days)
        case "acceptance":
            return any(pending.day <= day.number <= last and day.accepted for day in days)
        case "level":
            return bool(boundaries) and _level_at(state, last, boundaries, policy) > level_then(
                pending
            )
        case _:
            spent = net_spend(days, first, last)
            before = net_spend(days, first - target.horizon_days, pending.day)
            return spent > 0 and spent >= policy.upgrade.ratio * before


def level_then(pending: Pending) -> int:
    """The place in the pyramid at the prediction: 0 for the lowest level."""
    return pending.flags >> _LEVEL_SHIFT


def level_flag(level: str) -> int:
    """The bits of the flags that hold a level of the pyramid."""
    return _place(level) << _LEVEL_SHIFT


def level_named(pending: Pending) -> str:
    """The level at the prediction; the lowest for whoever stood on none."""
    return _RANKED[level_then(pending)]


def _level_at(
    state: CustomerState, day: int, boundaries: Mapping[str, float], policy: Policy
) -> int:
    revenue = windows_at(state.days, day, policy.value.window // DAY).revenue
    return _place(level_of(revenue / MONEY, boundaries))


def _place(level: str) -> int:
    return _RANKED.index(level) if level in _RANKED else 0


def remember(state: CustomerState, targets: str, prediction: Pending) -> bool:
    """Let a prediction wait for its labels; `targets` are the names of what it was made for.

    False, and nothing is kept, when one of its day or of a later one waits already.
    """
    run = next((run for run in state.waiting if run.targets == targets), None)
    if run is None:
        run = Waiting(targets)
        state.waiting.append(run)
    elif last_day(run.rows) >= prediction.day:
        return False
    run.rows = with_pending(run.rows, prediction)
    return True


def predicted(state: CustomerState, target: Target, day: int) -> Pending | None:
    """What was predicted for `target` alone on `day`, if it still waits for its label."""
    for run in state.waiting:
        if run.targets == target.name:
            rows, _ = taken_apart(run.rows)
            return next((row for row in rows if row.day == day), None)
    return None


def matured(state: CustomerState, day: int, policy: Policy) -> list[Matured]:
    """The predictions whose horizon ends by the end of `day`, once for each of their targets.

    A prediction leaves the state when its longest horizon has ended. It keeps the targets it was
    made for when the policy changes; only a horizon longer than any of the new policy's cannot be
    labelled any more, as the days are not kept.
    """
    done: list[Matured] = []
    for run in state.waiting:
        done += _ended(run, day, policy)
    if done:
        state.waiting = [run for run in state.waiting if run.rows]
    return [item for item in done if item.target.horizon_days <= policy.longest_days]


def _ended(run: Waiting, day: int, policy: Policy) -> list[Matured]:
    said, targets = _targets_of(run, policy)
    if first_day(run.rows) > day - targets[0].horizon_days:
        return []
    done: list[Matured] = []
    *shorter, longest = targets
    for target in shorter:
        after, last = run.labelled.get(target.name, 0), day - target.horizon_days
        first = first_after(run.rows, after)
        if first is not None and first <= last:
            every, _ = taken_apart(run.rows, last)
            run.labelled[target.name] = every[-1].day
            done += [Matured(target, item, target == said) for item in every if item.day > after]
    gone, run.rows = taken_apart(run.rows, day - longest.horizon_days)
    return done + [Matured(longest, item, longest == said) for item in gone]


def next_label_day(state: CustomerState, policy: Policy) -> int:
    """The next day at whose end a label is due; 0 for none."""
    return min((_next_end(run, policy) for run in state.waiting), default=0)


def _next_end(run: Waiting, policy: Policy) -> int:
    _, (*shorter, longest) = _targets_of(run, policy)
    days = [first_day(run.rows) + longest.horizon_days]
    if shorter:
        for target in shorter:
            first = first_after(run.rows, run.labelled.get(target.name, 0))
            if first is not None:
                days.append(first + target.horizon_days)
    return min(days)


def _targets_of(run: Waiting, policy: Policy) -> tuple[Target, tuple[Target, ...]]:
    """The target whose probability was kept, and all targets, shortest horizon first."""
    return _parsed(run.targets or policy.target.name)


@lru_cache(maxsize=64)
def _parsed(names: str) -> tuple[Target, tuple[Target, ...]]:
    targets = [Target.named(name) for name in names.split(" ")]
    return targets[0], tuple(sorted(targets, key=lambda target: (target.horizon_days, target.name)))


def context_of(flags: int) -> dict[str, bool]:
    """The action context as the example carries it: what was under way at the prediction."""
    return {name: bool(flags & bit) for name, bit in _CONTEXT.items()}


def basis_flag(basis: Basis) -> int:
    """The bit of the flags that tells what a prediction rested on."""
    return {"model": MODEL, "group": GROUP, "prior": 0}[basis]


def basis_of(flags: int) -> Basis:
    """What the prediction rested on."""
    return "model" if flags & MODEL else "group" if flags & GROUP else "prior"
