"""What is tried: horizons and review intervals, those that the data are long enough for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from detectors.durations import DAY, format_duration
from detectors.policy import Policy
from streams.tune.parts import Parts

HORIZONS = tuple(days * DAY for days in (30, 60, 90))
INTERVALS = tuple(days * DAY for days in (7, 14, 30))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A value that was not tried."""

    key: str
    value: str
    because: str


def with_horizon(policy: Policy, horizon: int) -> Policy:
    """The policy with another first churn horizon (s), which no further target repeats."""
    churn = replace(policy.churn, horizon=horizon)
    changed = replace(policy, churn=churn)
    also = tuple(target for target in churn.also if target != changed.target)
    return replace(policy, churn=replace(churn, also=also))


def with_interval(policy: Policy, interval: int) -> Policy:
    """The policy with another review interval (s)."""
    return replace(policy, churn=replace(policy.churn, review_interval=interval))


def horizons(policy: Policy, parts: Parts, first_day: int) -> Iterator[Policy | Skipped]:
    """The policy with each of `HORIZONS` that is not its own.

    Half of the first part has to come after the first labels: a threshold chosen before them would
    be one for the prior rule.
    """
    middle = (parts.chosen_on.first + parts.chosen_on.last) // 2
    for horizon in HORIZONS:
        if horizon == policy.churn.horizon:
            continue
        if first_day + horizon // DAY > middle:
            because = "its first labels mature too late in the data"
            yield Skipped("churn.horizon", format_duration(horizon), because)
        else:
            yield with_horizon(policy, horizon)


def intervals(policy: Policy, tried: int, parts: Parts) -> Iterator[Policy | Skipped]:
    """The policy with each of `INTERVALS` but the one that has been tried with it already (s)."""
    for interval in INTERVALS:
        if interval == tried:
            continue
        because = None
        if interval > policy.churn.active_window:
            because = "it is longer than churn.active_window"
        elif interval / DAY / 7 > parts.chosen_on.weeks:
            because = "it is longer than the part of the data to choose on"
        if because is None:
            yield with_interval(policy, interval)
        else:
            yield Skipped("churn.review_interval", format_duration(interval), because)
