"""Topic `complaint-alerts`: a complaint needs somebody's attention."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.complaint import ComplaintStage
from schemas.fields import AlertStage, Id, Label, Level, Probability, Time
from schemas.reasons import Reason

ComplaintAlertKind = Literal[
    "opened", "responded", "approaching_breach", "breach", "reopened", "escalated", "resolved"
]
"""What happened to the complaint, or to its clock."""

KINDS: tuple[str, ...] = get_args(ComplaintAlertKind)
"""All kinds, in the order of a complaint's life."""


class ComplaintAlert(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One step in the life of one complaint alert."""

    alert_id: Annotated[Id, Meta(description="The alert; the same in all its stages.")]
    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    complaint_id: Annotated[Id, Meta(description="The complaint.")]
    stage: Annotated[AlertStage, Meta(description="Where the alert stands.")]
    occurred_at: Annotated[Time, Meta(description="As-of time (event time).")]
    kind: Annotated[ComplaintAlertKind, Meta(description="What happened.")]
    incident_id: Annotated[
        Id | None, Meta(description="The incident that explains it; only when folded.")
    ] = None
    severity: Annotated[int | None, Meta(description="1 (slight) to 5 (grave).")] = None
    cause: Annotated[Cause | None, Meta(description="Stated or recognised cause.")] = None
    cause_confidence: Annotated[
        Probability | None, Meta(description="Of a cause recognised from text; absent if stated.")
    ] = None
    cause_words: Annotated[
        list[Label], Meta(description="Keywords in the text that speak for it, at most 5.")
    ] = []
    value_at_stake: Annotated[
        float | None, Meta(description="Expected yearly revenue at risk, currency units a year.")
    ] = None
    currency: Annotated[str | None, Meta(description="ISO 4217 code of value_at_stake.")] = None
    state: Annotated[
        ComplaintStage | None, Meta(description="Where the complaint itself stands.")
    ] = None
    level: Annotated[
        Level | None, Meta(description="Pyramid level of the customer as the complaint came.")
    ] = None
    region: Annotated[
        Label | None, Meta(description="Whose working hours count; absent for the usual ones.")
    ] = None
    priority: Annotated[
        float | None,
        Meta(description="Order of the queue: value_at_stake times urgency; absent once it ended."),
    ] = None
    opened_at: Annotated[
        Time | None, Meta(description="When it was opened, or taken up again last.")
    ] = None
    responded_at: Annotated[Time | None, Meta(description="When it was answered first.")] = None
    resolved_at: Annotated[
        Time | None, Meta(description="When it was resolved or withdrawn; absent while it is open.")
    ] = None
    response_due_at: Annotated[
        Time | None, Meta(description="Until when the first response was promised.")
    ] = None
    resolution_due_at: Annotated[
        Time | None, Meta(description="Until when the resolution is promised.")
    ] = None
    due_at: Annotated[
        Time | None, Meta(description="When the next answer is due by the policy's clock.")
    ] = None
    reasons: Annotated[list[Reason], Meta(description="Largest magnitude first.")] = []
    evidence: Annotated[list[str], Meta(description="event_ids that it rests on.")] = []
