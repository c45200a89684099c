"""Labels: what became of the customers about whom something was predicted.

A prediction made at the end of day t is labelled at the end of day t + H, for everybody: neither
those who came back early nor those who left are learned from before (DOMAIN, definitions).
"""

from collections.abc import Mapping

from detectors.customer.history import net_spend, windows_at
from detectors.customer.pending import Pending, first_day, taken_apart
from detectors.customer.state import MONEY, CustomerState
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.targets import Target
from detectors.value.pyramid import LEVELS, level_of

MODEL, ALERT_OPEN, COMPLAINT_OPEN, CONTACTED, OFFERED = 1, 2, 4, 8, 16
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


def level_flag(state: CustomerState) -> int:
    """The bits of the flags that hold the customer's level."""
    return _place(state.level) << _LEVEL_SHIFT


def _level_at(
    state: CustomerState, day: int, boundaries: Mapping[str, float], policy: Policy
) -> int:
    revenue = windows_at(state.days, day, policy.value.window // DAY).revenue
    return _place(level_of(revenue / MONEY, boundaries))


def _place(level: str) -> int:
    return _RANKED.index(level) if level in _RANKED else 0


def matured(state: CustomerState, day: int, policy: Policy) -> list[tuple[Target, Pending]]:
    """The predictions whose horizon ends by the end of `day`, each target's once.

    A prediction leaves the state when its longest horizon has ended.
    """
    done: list[tuple[Target, Pending]] = []
    if state.pending and first_day(state.pending) <= day - policy.grid_targets[0].horizon_days:
        done += _matured_on_grid(state, day, policy)
    target = policy.upgrade_target
    if state.offers and first_day(state.offers) <= day - target.horizon_days:
        offers, state.offers = taken_apart(state.offers, day - target.horizon_days)
        done += [(target, offer) for offer in offers]
    return done


def _matured_on_grid(
    state: CustomerState, day: int, policy: Policy
) -> list[tuple[Target, Pending]]:
    *shorter, longest = policy.grid_targets
    waiting, rest = taken_apart(state.pending, day - longest.horizon_days)
    done = []
    if shorter:
        every, _ = taken_apart(state.pending)
        for target in shorter:
            after, last = state.labelled.get(target.name, 0), day - target.horizon_days
            ended = [item for item in every if after < item.day <= last]
            if ended:
                state.labelled[target.name] = ended[-1].day
                done += [(target, item) for item in ended]
        if not rest:
            state.labelled = {}
    state.pending = rest
    return done + [(longest, item) for item in waiting]


def next_label_day(state: CustomerState, policy: Policy) -> int:
    """The next day at whose end a label is due; 0 for none."""
    days = []
    if state.offers:
        days.append(first_day(state.offers) + policy.upgrade_target.horizon_days)
    if state.pending:
        *shorter, longest = policy.grid_targets
        days.append(first_day(state.pending) + longest.horizon_days)
        if shorter:
            waiting, _ = taken_apart(state.pending)
            for target in shorter:
                after = state.labelled.get(target.name, 0)
                due = next((item.day for item in waiting if item.day > after), None)
                if due is not None:
                    days.append(due + target.horizon_days)
    return min(days, default=0)


def context_of(flags: int) -> dict[str, bool]:
    """The action context as the example carries it: what was under way at the prediction."""
    return {name: bool(flags & bit) for name, bit in _CONTEXT.items()}


def basis_of(flags: int) -> str:
    """Whether the model or the prior rule had made the prediction."""
    return "model" if flags & MODEL else "prior"
