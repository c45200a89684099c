"""What contacts bring: laws of the cost curve, against plain sums."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.economics import (
    MEASURES,
    CostCurve,
    Flags,
    Floats,
    accounts,
    cost_curve,
    everyone_from,
    expected_gain,
)
from detectors.policy import Business

THRESHOLDS = np.arange(1, 100) / 100


@dataclass(frozen=True)
class Customers:
    """Scores, outcomes and values of some customers."""

    score: Floats
    leaves: Flags
    value: Floats

    def curve(self, business: Business) -> CostCurve:
        contacts = everyone_from(THRESHOLDS, self.score, self.leaves)
        return cost_curve(THRESHOLDS, contacts, self.value, business)


customers = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.floats(0, 1e4)), min_size=1, max_size=30
).map(lambda rows: Customers(*(np.array(column) for column in zip(*rows, strict=True))))
businesses = st.builds(
    Business,
    contact_cost=st.floats(0, 100),
    save_rate=st.floats(0.01, 1),
)


def test_the_gain_is_what_is_saved_on_average_less_the_cost() -> None:
    business = Business(contact_cost=5, save_rate=0.2)
    gains = expected_gain(np.array([0.0, 0.5, 1.0]), np.array([100.0, 100.0, 10.0]), business)
    assert gains.tolist() == [-5.0, 5.0, -3.0]


@given(customers, businesses)
def test_each_point_of_the_curve_is_the_plain_sum_over_those_contacted(
    people: Customers, business: Business
) -> None:
    curve = people.curve(business)
    for place, threshold in enumerate(THRESHOLDS.tolist()):
        contacted = reached = 0
        saved = 0.0
        for score, leaves, value in zip(people.score, people.leaves, people.value, strict=True):
            if score >= threshold:
                contacted += 1
                if leaves:
                    reached += 1
                    saved += business.save_rate * value
        cost = contacted * business.contact_cost
        found = (curve.contacts, curve.reached, curve.saved, curve.cost, curve.net)
        expected = (contacted, reached, saved, cost, saved - cost)
        assert [column[place] for column in found] == pytest.approx(expected, abs=1e-6)


@given(customers, businesses)
def test_the_best_threshold_gains_as_much_as_any(people: Customers, business: Business) -> None:
    curve = people.curve(business)
    best = curve.best()
    if best is None:
        assert curve.net.max() <= 0
    else:
        assert curve.net[best] == curve.net.max() > 0
        assert not (curve.net[best + 1 :] == curve.net[best]).any()


@given(customers, st.floats(0.01, 1))
def test_when_contacts_are_free_all_from_whom_there_is_gain_are_contacted(
    people: Customers, save_rate: float
) -> None:
    curve = people.curve(Business(contact_cost=0, save_rate=save_rate))
    best = curve.best()
    low = THRESHOLDS[0]
    gaining = people.leaves & (save_rate * people.value > 0) & (people.score >= low)
    if not gaining.any():
        assert best is None
    else:
        assert best is not None
        missed = gaining & (people.score < curve.thresholds[best])
        # One so small that it is lost in the sum of the others may be missed.
        assert people.value[missed].sum() <= 1e-9 * people.value[gaining].sum()


@given(customers)
def test_when_a_contact_costs_more_than_there_is_nobody_is_contacted(people: Customers) -> None:
    assert people.curve(Business(contact_cost=1e9, save_rate=1)).best() is None


@given(customers, businesses, st.integers(0, 30))
def test_the_capacity_is_never_exceeded(
    people: Customers, business: Business, capacity: int
) -> None:
    curve = people.curve(business)
    best = curve.best(capacity)
    free = curve.best()
    if best is not None:
        assert curve.contacts[best] <= capacity
        assert free is not None
        assert curve.net[best] <= curve.net[free]
    elif free is not None:
        assert not ((curve.net > 0) & (curve.contacts <= capacity)).any()


def test_a_capacity_that_binds_takes_the_highest_scores() -> None:
    people = Customers(np.array([0.9, 0.8, 0.7]), np.ones(3, dtype=np.bool_), np.full(3, 100.0))
    curve = people.curve(Business(contact_cost=1, save_rate=0.5))
    best = curve.best(2)
    assert best is not None
    assert (curve.thresholds[best], curve.contacts[best]) == (0.8, 2)


def test_another_merit_chooses_among_those_that_gain_only() -> None:
    people = Customers(np.array([0.9, 0.5]), np.array([True, False]), np.array([10.0, 10.0]))
    curve = people.curve(Business(contact_cost=6, save_rate=1))
    merit = -np.arange(99.0)  # the lowest threshold would be best, but loses
    best = curve.best(merit=merit)
    assert best is not None
    assert curve.thresholds[best] == 0.51


def test_an_average_one_of_many_is_a_share_of_all() -> None:
    people = Customers(np.array([0.9, 0.5]), np.array([True, False]), np.array([10.0, 10.0]))
    curve = people.curve(Business(contact_cost=1, save_rate=1))
    week = curve.per(4)
    assert week.net.tolist() == (curve.net / 4).tolist()
    assert week.contacts.max() == 0.5


def test_the_accounts_of_no_contact_are_nothing() -> None:
    nobody = accounts(np.zeros(0, dtype=np.bool_), np.zeros(0), Business())
    assert nobody.sum(axis=1).tolist() == [0.0] * len(MEASURES)
