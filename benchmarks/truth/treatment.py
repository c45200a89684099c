"""The known effect of a retention contact, as it is seen in what the product knows."""

import math
from datetime import datetime

from benchmarks.truth.case import Case
from detectors.durations import DAY
from schemas.customer_state import CustomerState

NOTICE = 35 * DAY
"""Between the decision to leave and the last sign of the customer lie at most so many seconds."""


def treatment(case: Case) -> dict[str, float | None]:
    """Share of losses after an enrolment, treated and control, by truth and as the product saw it.

    The product sees that a customer is gone when the activity ends; a customer counts as lost when
    that is within the effect's days and the notice. `hazard_ratio` has a 95 % interval (log rank
    ratio of two Poisson rates); true is 1 less the effect.
    """
    days = case.facts["treatment"]["days"]
    last = {
        view.customer_id: view.last_activity
        for view in case.outputs("customer-state", CustomerState)
    }
    horizon = days * DAY + NOTICE
    limit = case.facts["end"] - horizon - case.policy.churn.horizon
    groups: dict[str, list[tuple[bool, bool]]] = {"treated": [], "control": []}
    for row in case.truth("treatments"):
        at = float(row["enrolled"])
        if at <= limit:
            seen = _is_lost(last.get(row["customer"]), at, horizon)
            groups[row["group"]].append((row["left"] == "1", seen))
    found: dict[str, float | None] = {"true_ratio": 1 - case.facts["treatment"]["effect_on_hazard"]}
    for place, name in enumerate(("decided", "seen")):
        counts = {group: sum(row[place] for row in rows) for group, rows in groups.items()}
        for group, rows in groups.items():
            found[f"{group}_{name}"] = round(counts[group] / len(rows), 4) if rows else None
        found |= _ratio(name, counts, {group: len(rows) for group, rows in groups.items()})
    return found | {f"{group}_customers": len(rows) for group, rows in groups.items()}


def _is_lost(last: datetime | None, at: float, horizon: float) -> bool:
    return last is not None and last.timestamp() <= at + horizon


def _ratio(name: str, counts: dict[str, int], sizes: dict[str, int]) -> dict[str, float | None]:
    if not all(counts.values()):
        return {f"{name}_ratio": None}
    hazards = {group: -math.log1p(-counts[group] / sizes[group]) for group in counts}
    ratio = hazards["treated"] / hazards["control"]
    error = 1.96 * math.sqrt(sum(1 / count for count in counts.values()))
    return {
        f"{name}_ratio": round(ratio, 3),
        f"{name}_ratio_low": round(ratio * math.exp(-error), 3),
        f"{name}_ratio_high": round(ratio * math.exp(error), 3),
    }
