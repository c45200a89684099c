"""The result of tuning as one JSON document."""

from dataclasses import asdict
from typing import Any

import numpy as np

from detectors.durations import DAY
from detectors.economics import MEASURES
from streams.backtest.resampling import interval
from streams.backtest.scored import Floats
from streams.tune.expected import NET, Expected
from streams.tune.parts import Part
from streams.tune.proposal import changes
from streams.tune.search import Candidate, Tuning


def document_of(tuning: Tuning) -> dict[str, Any]:
    """All that was found; equal for equal input. Money in currency units, rates a week."""
    policy, parts = tuning.policy, tuning.parts
    document: dict[str, Any] = {
        "business": asdict(policy.business),
        "currency": policy.value.currency or None,
        "loss": {"definition": policy.target.definition, "horizon_days": policy.horizon_days},
        "first_day": _date(tuning.first_day),
        "last_day": _date(tuning.last_day),
        "chosen_on": _part(parts.chosen_on),
        "measured_on": _part(parts.measured_on),
        "gap_days": parts.gap,
        "candidates": [_candidate(candidate) for candidate in tuning.candidates],
        "skipped": [asdict(skipped) for skipped in tuning.skipped],
        "proposal": None,
        "why_not": tuning.why_not,
        "expected": {"as_it_is": _expected(tuning.as_it_is), "proposed": None, "net_change": None},
        "warnings": _warnings(tuning),
    }
    if tuning.proposal is not None and tuning.as_proposed is not None:
        document["proposal"] = changes(policy, tuning.proposal)
        document["expected"]["proposed"] = _expected(tuning.as_proposed)
        document["expected"]["net_change"] = _net_change(tuning.as_it_is, tuning.as_proposed)
    return document


def _candidate(candidate: Candidate) -> dict[str, Any]:
    churn, curve, best = candidate.trial.policy.churn, candidate.curve, candidate.best
    return {
        "horizon_days": churn.horizon // DAY,
        "review_interval_days": churn.review_interval // DAY,
        "raise_at": None if best is None else float(curve.thresholds[best]),
        "contacts": None if best is None else round(float(curve.contacts[best]), 2),
        "net": None if best is None else round(float(curve.net[best]), 2),
        "surely_gained": None if best is None else round(float(candidate.surely[best]), 2),
    }


def _expected(found: Expected) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, total, draws in zip(MEASURES, found.totals.tolist(), found.draws, strict=True):
        document[name] = round(total, 2)
        document[f"{name}_interval"] = _interval(draws)
    document["busiest_week"] = found.busiest_week
    return document


def _net_change(before: Expected, after: Expected) -> dict[str, Any]:
    change = after.totals[NET] - before.totals[NET]
    return {"net": round(float(change), 2), "net_interval": _interval(after.net - before.net)}


def _interval(draws: Floats) -> list[float]:
    return [round(bound, 2) for bound in interval(draws)]


def _warnings(tuning: Tuning) -> list[str]:
    parts, capacity = tuning.parts, tuning.policy.business.capacity
    found = []
    if parts.gap < tuning.policy.horizon_days:
        found.append(
            "the data are short: outcomes of the first part were still to come when the later one "
            "began, so the expected result is somewhat too good"
        )
    if tuning.as_proposed is not None:
        if interval(tuning.as_proposed.net - tuning.as_it_is.net)[1] < 0:
            found.append(
                "in the later part the policy as it is gained more: the customers have changed "
                "since the first part, so keep it, or try again with newer data"
            )
        contacts = tuning.as_proposed.contacts
        if capacity and contacts > capacity:
            found.append(
                f"{contacts:.1f} contacts a week in the later part are more than business.capacity "
                f"= {capacity:g}: raise alerts.raise_at, or expect some alerts to wait"
            )
    return found


def _part(part: Part) -> dict[str, str]:
    return {"from": _date(part.first), "until": _date(part.last)}


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))
