"""Customers whose account manager left (D15), against those of whom that is true."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from statistics import median
from typing import Any, NamedTuple

from benchmarks.truth.case import Case, Row, by, share
from benchmarks.truth.levels import revenue_before
from detectors.durations import DAY
from schemas.churn_risk import ChurnRisk

HOUR = 3_600.0
TOLERANCE = 60.0
"""Seconds by which a moment may differ."""


class Handover(NamedTuple):
    """A customer of a manager who left, with what was told of it until the next one left.

    What never happened is at infinity.
    """

    employee: str
    known: float
    """When it could be known (epoch s): the departure if it is announced, else the new profile."""
    owned: float
    """When the profile names the new owner (epoch s)."""
    contacted: float
    """When the new owner made contact (epoch s)."""
    is_control: bool
    raised: ChurnRisk | None
    resolved: float
    """When the alert was resolved (epoch s)."""


def staff(case: Case) -> dict[str, Any]:
    """For each departure who was told of, how soon, in which order; and how the alerts ended.

    `recall` leaves out the control group, who must not be told of (`control`), `false` are alerts
    about anybody else. `in_order`: of two customers told of, how often the first is the one with
    more at stake; `by_revenue`: the one with more true revenue in the window of value before.

    `called`: those told of whom the new owner called while the alert could be open: how many alerts
    ended with the call (`cleared`), before it with that of a `stand_in` while no new owner was
    named, or otherwise (`wrongly_cleared`, those never called included).
    """
    steps = [s for s in case.outputs("churn-risk", ChurnRisk) if s.kind == "staff-turnover"]
    handovers = _handovers(case, steps)
    alerts = [handover for handover in handovers if handover.raised]
    raised = sum(step.stage == "raised" for step in steps)
    called = [h for h in alerts if h.contacted < h.known + case.policy.staff.expire_after]
    early = [h for h in alerts if h.resolved < h.contacted - TOLERANCE]
    return {
        "departures": [
            _departure(case, d, [h for h in handovers if h.employee == d["employee"]])
            for d in case.facts["departures"]
        ],
        "false": raised - len(alerts),
        "control": sum(h.is_control for h in alerts),
        "called": len(called),
        "cleared": sum(abs(h.resolved - h.contacted) <= TOLERANCE for h in called),
        "stand_in": sum(h.resolved < h.owned for h in early),
        "wrongly_cleared": sum(h.resolved >= h.owned for h in early),
    }


def _handovers(case: Case, steps: Sequence[ChurnRisk]) -> list[Handover]:
    """Those of the truth in the order in which they were told of, the others first."""
    announced = {d["employee"]: d["announced"] for d in case.facts["departures"]}
    control = {row["customer"] for row in case.truth("customers") if row["control"] == "1"}
    told: dict[str, list[ChurnRisk]] = defaultdict(list)
    for step in steps:
        told[step.customer_id].append(step)
    contacts = [row for row in case.interactions() if row["kind"] == "contact"]
    calls = by(contacts, "customer")
    found = []
    for customer, rows in by(case.truth("handovers"), "customer").items():
        begins = [float(row["left"]) for row in rows]
        for place, row in enumerate(rows, start=1):
            known = row["left"] if announced[row["employee"]] else row["owned"]
            mine = [
                step
                for step in told[customer]
                if bisect_right(begins, step.occurred_at.timestamp()) == place
            ]
            if known:
                contacted = _first_call(calls.get(customer, []), row["successor"], float(known))
                found.append(_handover(row, float(known), contacted, customer in control, mine))
    order = [step.alert_id for step in steps]
    return sorted(found, key=lambda h: order.index(h.raised.alert_id) if h.raised else -1)


def _first_call(contacts: Sequence[Row], employee: str, after: float) -> float:
    """The first contact by an employee (epoch s): the handover call, or an ordinary one before."""
    moments = (
        datetime.fromisoformat(row["at"]).timestamp()
        for row in contacts
        if row["employee"] == employee
    )
    return min((at for at in moments if at > after), default=float("inf"))


def _handover(
    row: Row, known: float, contacted: float, is_control: bool, steps: Sequence[ChurnRisk]
) -> Handover:
    raised = next((step for step in steps if step.stage == "raised"), None)
    ends = (step.occurred_at.timestamp() for step in steps if step.stage == "resolved")
    return Handover(
        row["employee"],
        known,
        float(row["owned"] or "inf"),
        contacted,
        is_control,
        raised,
        next(ends, float("inf")) if raised else float("inf"),
    )


def _departure(
    case: Case, departure: dict[str, Any], handovers: Sequence[Handover]
) -> dict[str, Any]:
    """`handovers` in the order in which they were told of."""
    due = [handover for handover in handovers if not handover.is_control]
    told = [(handover.raised, handover.known) for handover in due if handover.raised]
    delays = [alert.occurred_at.timestamp() - known for alert, known in told]
    row: dict[str, Any] = {
        "announced": departure["announced"],
        "customers": len(due),
        "recall": share(len(told), len(due)),
        "delay_hours": round(median(delays) / HOUR, 2) if delays else None,
        "longest_hours": round(max(delays) / HOUR, 2) if delays else None,
    }
    if departure["announced"]:  # else each is told of when its own profile changes
        alerts = [alert for alert, _ in told]
        revenue = revenue_before(case, int(departure["at"] // DAY))
        row["in_order"] = in_order([alert.value_at_stake for alert in alerts])
        row["by_revenue"] = in_order([revenue.get(alert.customer_id, 0.0) for alert in alerts])
    return row


def in_order(values: Sequence[float]) -> float | None:
    """Of all pairs that differ, the share in which the first is the larger one."""
    pairs = [(one, other) for one, other in combinations(values, 2) if one != other]
    return share(sum(one > other for one, other in pairs), len(pairs))
