"""Contacts are the alerts that the live rule would raise."""

import numpy as np

from detectors.durations import DAY
from streams.tune.contacts import contacts_at, contacts_of, with_threshold
from streams.tune.trial import Trial
from tests.streams.tune.trials import rules, trial_of, weekly


def days_of(trial: Trial) -> list[int]:
    rows, _ = contacts_of(trial, trial.policy.alerts)
    days: list[int] = trial.days[rows].tolist()
    return days


def test_one_contact_as_long_as_the_alert_is_open() -> None:
    assert days_of(trial_of(*weekly(0, 0.5, 0.8, 0.9, 0.65, 0.9))) == [7]


def test_an_alert_that_has_ended_is_raised_again_after_the_cool_down() -> None:
    reviews = weekly(0, 0.8, 0.1, 0.8, 0.8, 0.8)
    assert days_of(trial_of(*reviews)) == [0, 21]
    assert days_of(trial_of(*reviews, policy=rules(cool_down="0d"))) == [0, 14]


def test_never_two_contacts_within_the_cool_down() -> None:
    random = np.random.default_rng(5)
    reviews = [review for c in range(20) for review in weekly(c, *random.random(40).tolist())]
    trial = trial_of(*reviews)
    rows, _ = contacts_of(trial, trial.policy.alerts)
    same = np.diff(trial.places[rows]) == 0
    assert (np.diff(trial.days[rows])[same] * DAY >= trial.policy.alerts.cool_down).all()
    assert (trial.probability[rows] >= 0.7).all()


def test_an_alert_ends_when_the_customer_is_reviewed_no_more() -> None:
    away = [(0, 0, 0.9), (0, 70, 0.9)]
    assert days_of(trial_of(*away)) == [0, 70]


def test_who_may_not_be_alerted_is_not_contacted() -> None:
    assert days_of(trial_of(*weekly(0, 0.9, 0.9), may_raise=False)) == []


def test_customers_do_not_touch_each_other() -> None:
    both = trial_of(*weekly(0, 0.9, 0.9), *weekly(1, 0.1, 0.9))
    rows, _ = contacts_of(both, both.policy.alerts)
    assert list(zip(both.places[rows], both.days[rows], strict=True)) == [(0, 0), (1, 7)]


def test_a_loss_is_reached_once_however_often_it_is_contacted() -> None:
    reviews = weekly(0, 0.8, 0.1, 0.1, 0.8)
    same = trial_of(*reviews)
    other = trial_of(*reviews, losses=(1, 1, 2, 2))
    assert contacts_of(same, same.policy.alerts)[1].tolist() == [True, False]
    assert contacts_of(other, other.policy.alerts)[1].tolist() == [True, True]


def test_nobody_is_reached_who_stays() -> None:
    trial = trial_of(*weekly(0, 0.9), leaves=False)
    assert contacts_of(trial, trial.policy.alerts)[1].tolist() == [False]


def test_each_threshold_keeps_the_distance_to_the_one_below() -> None:
    alerts = rules().alerts
    changed = with_threshold(alerts, 0.35)
    assert (changed.raise_at, changed.clear_at) == (0.35, 0.25)
    assert with_threshold(alerts, 0.05).clear_at == 0.01


def test_no_contact_above_the_highest_score() -> None:
    trial = trial_of(*weekly(0, 0.5, 0.5))
    counts = [rows.size for rows, _ in contacts_at(trial, np.array([0.5, 0.51]))]
    assert counts == [1, 0]
