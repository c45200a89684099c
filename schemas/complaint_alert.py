"""Topic `complaint-alerts`: a complaint needs somebody's attention."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import AlertStage, Id, Time
from schemas.reasons import Reason

ComplaintAlertKind = Literal[
    "opened", "approaching_breach", "breach", "reopened", "escalated", "resolved"
]
"""What happened to the complaint, or to its clock."""


class ComplaintAlert(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One step in the life of one complaint alert."""

    alert_id: Annotated[Id, Meta(description="The alert; the same in all its stages.")]
    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    complaint_id: Annotated[Id, Meta(description="The complaint.")]
    stage: Annotated[AlertStage, Meta(description="Where the alert stands.")]
    occurred_at: Annotated[Time, Meta(description="As-of time (event time).")]
    kind: Annotated[ComplaintAlertKind, Meta(description="What happened.")]
    severity: Annotated[int | None, Meta(description="1 (slight) to 5 (grave).")] = None
    cause: Annotated[Cause | None, Meta(description="Stated or recognised cause.")] = None
    value_at_stake: Annotated[
        float | None, Meta(description="Expected yearly revenue at risk, currency units a year.")
    ] = None
    currency: Annotated[str | None, Meta(description="ISO 4217 code of value_at_stake.")] = None
    due_at: Annotated[
        Time | None, Meta(description="When the next answer is due by the policy's clock.")
    ] = None
    reasons: Annotated[list[Reason], Meta(description="Largest magnitude first.")] = []
    evidence: Annotated[list[str], Meta(description="event_ids that it rests on.")] = []
