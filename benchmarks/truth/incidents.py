"""Incidents (D14) against the crises that there were."""

from collections.abc import Iterable
from typing import Any

from benchmarks.truth.case import Case, share
from detectors.durations import DAY
from schemas.incident import Incident

HOUR = 3_600.0
MONTH = 30 * DAY
AFTER = 3 * DAY
"""So long after a crisis an incident that opens may still be about it (s)."""


def incidents(case: Case) -> dict[str, Any]:
    """For each crisis the delay (hours) and whether product and cause are named; false incidents.

    `named` counts how many of product and cause are right in the first incident's last word, minus
    those that are wrong. A crisis that comes in waves may be several incidents; the last one says
    when it is over.
    """
    steps: dict[str, list[Incident]] = {}
    for step in case.outputs("incidents", Incident):
        steps.setdefault(step.incident_id, []).append(step)
    explained: set[str] = set()
    found = []
    for crisis in case.facts["crises"]:
        mine = [id for id, told in steps.items() if is_about(told[0], crisis)]
        explained.update(mine)
        found.append(_one(crisis, [steps[id] for id in mine]))
    months = (case.facts["end"] - case.facts["begin"]) / MONTH
    false = len(steps) - len(explained)
    return {
        "crises": found,
        "found": share(sum(row["delay_hours"] is not None for row in found), len(found)),
        "incidents": len(steps),
        "false": false,
        "false_a_month": round(false / months, 3),
    }


def is_about(step: Incident, crisis: dict[str, Any]) -> bool:
    """Whether an incident that opens so may be about the crisis: by its time and what it names."""
    at = step.occurred_at.timestamp()
    in_time = bool(crisis["begin"] <= at <= crisis["end"] + AFTER)
    names = ((step.product_id, "product"), (step.category, "category"), (step.cause, "cause"))
    return in_time and any(name == crisis[dimension] for name, dimension in names)


def _one(crisis: dict[str, Any], told: Iterable[list[Incident]]) -> dict[str, Any]:
    ordered = sorted(told, key=lambda steps: steps[0].occurred_at)
    row: dict[str, Any] = {
        "crisis": crisis["name"],
        "complaints": crisis["complaints"],
        "incidents": len(ordered),
        "delay_hours": None,
        "named": None,
        "closed_hours_after": None,
    }
    if not ordered:
        return row
    steps = ordered[0]
    row["delay_hours"] = round((steps[0].occurred_at.timestamp() - crisis["begin"]) / HOUR, 1)
    row["named"] = _named(steps[-1], crisis)
    last = ordered[-1][-1]
    if last.ended_at is not None:
        closed = last.occurred_at.timestamp() - crisis["end"]
        row["closed_hours_after"] = round(closed / HOUR, 1)
    return row


def _named(step: Incident, crisis: dict[str, Any]) -> int:
    told = ((step.product_id, crisis["product"]), (step.cause, crisis["cause"]))
    return sum(1 if name == true else -1 for name, true in told if name is not None)
