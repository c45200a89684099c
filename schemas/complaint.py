"""Topic `complaints`: the life of a complaint, one record for each step."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import FreeText, Id, Label, Number, Time

ComplaintStage = Literal["opened", "responded", "resolved", "reopened", "escalated", "withdrawn"]
"""The steps of a complaint; the clock of the policy runs between them."""


class Complaint(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One step in the life of one complaint."""

    complaint_id: Annotated[Id, Meta(description="The complaint; the same in all its steps.")]
    customer_id: Annotated[
        Id, Meta(description="The customer; equals the record key. Else the CloudEvent's subject.")
    ]
    stage: Annotated[ComplaintStage, Meta(description="The step that this record reports.")]
    occurred_at: Annotated[
        Time, Meta(description="When the step happened. Else the CloudEvent's time.")
    ]
    event_id: Annotated[
        Id | None,
        Meta(
            description="Identity of this step; a repeat is a duplicate. "
            "If missing, the CloudEvent's id, else topic/partition/offset."
        ),
    ] = None
    severity: Annotated[
        Annotated[int, Meta(ge=1, le=5)] | None, Meta(description="1 (slight) to 5 (grave).")
    ] = None
    cause: Annotated[Cause | None, Meta(description="Stated cause, one of the closed list.")] = None
    product_id: Annotated[Id | None, Meta(description="What the complaint is about.")] = None
    category: Annotated[Label | None, Meta(description="Product category.")] = None
    channel: Annotated[Label | None, Meta(description="Where it was received.")] = None
    region: Annotated[Label | None, Meta(description="Region of the customer or the shop.")] = None
    text: Annotated[
        FreeText | None,
        Meta(description="The customer's words, any language. Personal data: never logged."),
    ] = None
    employee_id: Annotated[Id | None, Meta(description="The employee it is about, or with.")] = None
    compensation: Annotated[
        Number | None,
        Meta(description="What was given in compensation, units of the account's currency, ≥ 0."),
    ] = None
