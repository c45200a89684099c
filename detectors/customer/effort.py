"""Effort: what the company spent on a customer, and did for it, day by day (D3, D22)."""

from collections.abc import Mapping, Sequence

from detectors.customer.state import MONEY, Day, Effort, bounded
from detectors.policy import Policy
from schemas.complaint import Complaint

NONE = Effort()
_TAKEN_UP = frozenset({"opened", "reopened"})


def note_effort(day: Day, kind: str, money: int, cost: int | None, policy: Policy) -> None:
    """Count what an interaction cost on its day; `money` and the stated `cost` are held money.

    A purchase or return with a stated cost counts with what was paid for it; goods that came back
    are worth again what they had cost. Anything else counts with its stated cost or, if it is a
    contact or an offer, to be costed by the policy's rate.
    """
    more: dict[str, int] = {}
    if kind == "purchase":
        if cost is not None:
            more = {"product": cost, "costed": money}
    elif kind == "return":
        if cost is not None:
            more = {"product": -abs(cost), "costed": -abs(money)}
    elif kind == "offer":
        more = {"offers": 1} if cost is None else {"offered": cost}
    elif cost is not None:
        more = {"service": cost}
    elif kind in policy.costs.service_kinds:
        more = {"served": 1}
    if kind in policy.key_accounts.contact_kinds:
        more["reached"] = 1
    _add(day, more)


def note_complaint(day: Day, event: Complaint) -> None:
    """Count a complaint that was taken up, and what was paid for one."""
    more: dict[str, int] = {}
    if event.stage in _TAKEN_UP:
        more["complaints"] = 1
    if event.compensation:
        more["compensation"] = round(event.compensation * MONEY)
    _add(day, more)


def note_reached(day: Day) -> None:
    """Count a contact with the customer that a team reports."""
    _add(day, {"reached": 1})


def _add(day: Day, more: Mapping[str, int]) -> None:
    if more:
        effort = Effort(**more)
        day.effort = effort if day.effort is None else total([day.effort, effort])


def total(efforts: Sequence[Effort]) -> Effort:
    """The sum of one effort or more."""
    if len(efforts) == 1:
        return efforts[0]
    product = costed = served = service = offers = offered = 0
    complaints = compensation = reached = 0
    for effort in efforts:
        product += effort.product
        costed += effort.costed
        served += effort.served
        service += effort.service
        offers += effort.offers
        offered += effort.offered
        complaints += effort.complaints
        compensation += effort.compensation
        reached += effort.reached
    return Effort(
        bounded(product),
        bounded(costed),
        served,
        bounded(service),
        offers,
        bounded(offered),
        complaints,
        bounded(compensation),
        reached,
    )
