"""Whom a team would have contacted: the alert rule itself, over the reviews of a trial.

A contact is an alert that is raised. So there is one as a customer's probability rises above
`alerts.raise_at`, and the next only when that alert has ended and `alerts.cool_down` has passed.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from detectors.alerts.lifecycle import churn_step, close_alert, open_alert
from detectors.customer.state import new_state
from detectors.decisions import CHURN
from detectors.durations import DAY
from detectors.economics import Contacts, Rows
from detectors.policy import Alerts
from streams.backtest.scored import Floats
from streams.tune.departures import first_of_each
from streams.tune.trial import Trial

LOWEST = 0.01
"""The lowest threshold that a policy may have."""


def with_threshold(alerts: Alerts, raise_at: float) -> Alerts:
    """The rule with another threshold; `clear_at` stays as far below it as it is."""
    clear_at = max(round(raise_at - (alerts.raise_at - alerts.clear_at), 4), LOWEST)
    return replace(alerts, raise_at=raise_at, clear_at=clear_at)


def contacts_at(trial: Trial, thresholds: Floats) -> Iterator[Contacts]:
    """The contacts under the trial's rule with each threshold."""
    for threshold in thresholds.tolist():
        yield contacts_of(trial, with_threshold(trial.policy.alerts, threshold))


def contacts_of(trial: Trial, alerts: Alerts) -> Contacts:
    """The reviews that raise an alert, and which of them reach a loss for the first time."""
    days, probability = trial.days.tolist(), trial.probability.tolist()
    may_raise = trial.may_raise.tolist()
    high = (trial.probability >= alerts.raise_at) & trial.may_raise
    contacted = np.zeros(trial.days.size, dtype=np.bool_)
    for rows in trial.by_customer:
        if high[rows].any():
            span = range(rows.start, rows.stop)
            contacted[_raised(span, days, probability, may_raise, alerts, trial.interval)] = True
    reached = first_of_each(trial.places, trial.losses, contacted & trial.leaves)
    chosen: Rows = np.flatnonzero(contacted)
    return chosen, reached[chosen]


def _raised(
    rows: range,
    days: list[int],
    probability: list[float],
    may_raise: list[bool],
    alerts: Alerts,
    interval: int,
) -> list[int]:
    """The rows of one customer at which an alert is raised."""
    state, raised, due = new_state(""), [], 0
    for row in rows:
        if due and days[row] > due and (alert := open_alert(state, CHURN)) is not None:
            left = (due + 1.0) * DAY
            close_alert(alert, left, "expired", "no longer an active customer", alert.probability)
        at = (days[row] + 1.0) * DAY
        step = churn_step(state, at, probability[row], alerts, may_raise=may_raise[row])
        if step is not None and step.stage == "raised":
            raised.append(row)
        due = days[row] + interval
    return raised
