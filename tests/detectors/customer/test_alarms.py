"""Alarms come in order of time, each customer once, and only for the moment planned last."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.alarms import Alarms

PLANS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([0.0, 1.0, 2.5, 7.0, 9.0])))


@given(PLANS, st.sampled_from([0.5, 2.5, 8.0]))
def test_what_is_due_is_what_was_planned_last_in_order_of_time_and_customer(
    plans: list[tuple[str, float]], until: float
) -> None:
    alarms, latest = Alarms(), dict[str, float]()
    for customer, at in plans:
        alarms.plan(customer, at)
        latest[customer] = at
    planned = {customer: at for customer, at in latest.items() if at}
    assert len(alarms) == len(planned)
    assert alarms.first() == min(planned.values(), default=None)
    due = sorted((at, customer) for customer, at in planned.items() if at <= until)
    assert list(alarms.due(until)) == due
    assert list(alarms.due(until)) == []
    assert len(alarms) == len(planned) - len(due)


def test_who_is_planned_anew_within_reach_comes_up_again_in_the_same_run() -> None:
    alarms = Alarms()
    alarms.plan("ann", 1.0)
    alarms.plan("bob", 2.0)
    told = []
    for at, customer in alarms.due(10.0):
        told.append((at, customer))
        if customer == "ann" and at < 9:
            alarms.plan("ann", at + 4)
    assert told == [(1.0, "ann"), (2.0, "bob"), (5.0, "ann"), (9.0, "ann")]
