"""The policy that is proposed: threshold, bands, review interval and horizon."""

import tomllib
from dataclasses import replace
from typing import Any

import numpy as np

from detectors.policy import Alerts, Policy, effective_toml
from streams.backtest.scored import Floats
from streams.tune.contacts import with_threshold
from streams.tune.parts import Part
from streams.tune.trial import Trial

_STEP = 0.01


def proposed(trial: Trial, raise_at: float, part: Part) -> Policy:
    """The policy of a trial with the threshold chosen, and bands that divide what lies above."""
    alerts = with_threshold(trial.policy.alerts, raise_at)
    seen = part.holds(trial.days) & trial.may_raise & (trial.probability >= raise_at)
    return replace(trial.policy, alerts=with_bands(alerts, trial.probability[seen]))


def with_bands(alerts: Alerts, scores: Floats) -> Alerts:
    """Bands by the scores (one or more) that the threshold lets through.

    No alert is lower than `medium`; half of the scores are `high` or above, a tenth `critical`.
    """
    half, tenth = np.quantile(scores, (0.5, 0.9)).tolist()
    high = round(min(max(half, alerts.raise_at + _STEP), 0.99), 2)
    medium = round(min(alerts.raise_at, high - _STEP), 2)
    critical = round(min(max(tenth, high + _STEP), 0.999), 3)
    return replace(alerts, medium=medium, high=high, critical=critical)


def changes(before: Policy, after: Policy) -> list[dict[str, Any]]:
    """The keys that differ, with both values as they stand in a policy file."""
    old, new = (tomllib.loads(effective_toml(policy)) for policy in (before, after))
    return [
        {"key": f"{section}.{key}", "now": old[section][key], "proposed": value}
        for section, table in new.items()
        for key, value in table.items()
        if value != old[section][key]
    ]
