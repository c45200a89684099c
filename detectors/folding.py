"""Folding (D14): what an open incident explains is told with it, not as an alert of its own."""

from collections.abc import Sequence

from detectors.complaints.life import is_open, region_at, runs_at
from detectors.customer.state import ComplaintCase, CustomerState
from detectors.surge.series import DIMENSIONS, matches, values_of
from schemas.reasons import Reason
from schemas.situation import Situation

COMPLAINTS = "complaints"
"""The theme of a reason that lies in complaints."""


def explaining(situation: Situation | None, case: ComplaintCase, cause: str, at: float) -> str:
    """The id of the incident, open at `at` by the situation, that explains a complaint; else empty.

    It does if the complaint agrees with all that the incident is about, and was opened or taken up
    again after the incident had begun. `cause`: stated or recognised.
    """
    if situation is None or not situation.incidents:
        return ""
    runs = runs_at(case, at)
    product, category, channel = case.about or ("", "", "")
    named = (product, category, cause, channel, region_at(case, at))
    values = values_of([value or None for value in named])
    for incident in situation.incidents:
        key = tuple(getattr(incident, dimension) for dimension in DIMENSIONS)
        if runs and runs[-1].start >= incident.started_at.timestamp() and matches(key, values):
            return incident.incident_id
    return ""


def folded_into(situation: Situation | None, state: CustomerState, at: float) -> str:
    """The incident, open at `at`, into which an open complaint of the customer is folded."""
    if situation is None or not situation.incidents:
        return ""
    in_force = {incident.incident_id for incident in situation.incidents}
    for case in state.complaints:
        if case.folded in in_force and is_open(case, at):
            return case.folded
    return ""


def lies_in_complaints(reasons: Sequence[Reason]) -> bool:
    """Whether complaints raise the risk most."""
    raising = [reason for reason in reasons if reason.contribution > 0]
    return bool(raising) and raising[0].feature == COMPLAINTS
