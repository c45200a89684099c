"""Breaches of promises (D13): those told, against those that the hours and the policy make."""

from collections.abc import Iterator
from typing import Any

from benchmarks.truth.case import Case, Row, share
from detectors.policy import Policy
from examples.telecom.clock import after_working_time
from schemas.complaint_alert import ComplaintAlert

TOLERANCE = 60.0
"""Seconds by which a moment may differ."""
Moments = dict[str, list[float]]


def breaches(case: Case) -> dict[str, Any]:
    """Share of the true breaches and warnings told at the right moment, and of those told, right.

    What is true is computed from the steps of the truth with the company's own working hours.
    """
    found: dict[str, Any] = {}
    for kind in ("breach", "approaching_breach"):
        true, told = _true(case, kind), _told(case, kind)
        hits = sum(_hits(true.get(name, []), moments) for name, moments in told.items())
        truths, tells = (sum(map(len, side.values())) for side in (true, told))
        found |= {
            f"{kind}_true": truths,
            f"{kind}_told": tells,
            f"{kind}_recall": share(hits, truths),
            f"{kind}_precision": share(hits, tells),
        }
    return found


def _told(case: Case, kind: str) -> Moments:
    told: Moments = {}
    for alert in case.outputs("complaint-alerts", ComplaintAlert):
        if alert.kind == kind:
            told.setdefault(alert.complaint_id, []).append(alert.occurred_at.timestamp())
    return told


def _true(case: Case, kind: str) -> Moments:
    """When clocks ran out (or came near) in the world, by complaint."""
    share_of_time = 1.0 if kind == "breach" else case.policy.complaints.approaching
    true: Moments = {}
    for row in case.truth("complaints"):
        for begin, allowed, end in _clocks(row, case.policy):
            at = after_working_time(begin, allowed * share_of_time)
            if at < min(end, float(case.facts["end"])):
                true.setdefault(row["complaint"], []).append(at)
    return true


def _clocks(row: Row, policy: Policy) -> Iterator[tuple[float, float, float]]:
    """Begin, allowed working seconds and end of each clock of a complaint; no end is infinity."""
    times = {
        step: float(row[step] or "inf")
        for step in ("opened", "responded", "resolved", "reopened", "resolved_again", "withdrawn")
    }
    severity = int(row["severity"]) - 1
    ended = min(times["resolved"], times["withdrawn"])
    answered = min(times["responded"], ended)
    yield times["opened"], policy.complaints.response[severity], answered
    yield times["opened"], policy.complaints.resolution[severity], ended
    if row["reopened"]:
        again = times["resolved_again"]
        yield times["reopened"], policy.complaints.resolution[severity], again


def _hits(true: list[float], told: list[float]) -> int:
    """How many of the moments told are true ones, each used once."""
    left, hits = sorted(true), 0
    for moment in sorted(told):
        match = next((at for at in left if abs(at - moment) <= TOLERANCE), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return hits
