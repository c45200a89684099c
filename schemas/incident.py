"""Topic `incidents`: many complaints about one thing in a short time."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import Id, Label, Probability, Time
from schemas.reasons import Reason

IncidentStage = Literal["opened", "updated", "closed"]
"""Where an incident stands: seen, grown or broader than seen first, or over."""


class AffectedCustomer(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One of the customers whom an incident touches."""

    customer_id: Annotated[Id, Meta(description="The customer.")]
    value_at_stake: Annotated[
        float | None, Meta(description="Expected yearly revenue at risk, currency units a year.")
    ] = None


class Incident(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One step in the life of one incident. What it is about is said by those of product_id,
    category, cause, channel and region that are present."""

    incident_id: Annotated[Id, Meta(description="The incident; equals the record key.")]
    stage: Annotated[IncidentStage, Meta(description="Where the incident stands.")]
    occurred_at: Annotated[Time, Meta(description="As-of time (event time).")]
    started_at: Annotated[Time, Meta(description="The first complaint that belongs to it.")]
    ended_at: Annotated[
        Time | None, Meta(description="When it had subsided; absent while it lasts.")
    ] = None
    closed_because: Annotated[
        str | None, Meta(description="Why it was closed; only when closed.")
    ] = None
    product_id: Annotated[Id | None, Meta(description="The product it is about.")] = None
    category: Annotated[Label | None, Meta(description="The category it is about.")] = None
    cause: Annotated[Cause | None, Meta(description="The cause it is about.")] = None
    channel: Annotated[Label | None, Meta(description="The channel it is about.")] = None
    region: Annotated[Label | None, Meta(description="The region it is about.")] = None
    observed: Annotated[int, Meta(description="Complaints since it started.", ge=0)]
    expected: Annotated[
        float,
        Meta(description="Complaints to be expected in that time: weekday, hour, trend.", ge=0),
    ]
    p_value: Annotated[
        Probability,
        Meta(description="Probability of so many by chance in the window in which it was seen."),
    ]
    customers: Annotated[
        int, Meta(description="Different customers: exact up to 512, then within 4 %.", ge=0)
    ]
    value_at_stake: Annotated[
        float | None, Meta(description="Sum over the affected customers, currency units a year.")
    ] = None
    currency: Annotated[str | None, Meta(description="ISO 4217 code of the values.")] = None
    affected: Annotated[
        list[AffectedCustomer], Meta(description="The most valuable ones, by value.")
    ] = []
    reasons: Annotated[
        list[Reason], Meta(description="Size first, then what else the complaints have in common.")
    ] = []
    evidence: Annotated[
        list[str], Meta(description="The first complaint_ids that it rests on.")
    ] = []


def from_version_1(data: dict[str, Any]) -> dict[str, Any]:
    """An incident of version 2 from one of version 1, which had the stages of alerts."""
    stages = {"raised": "opened", "updated": "updated"}
    return {**data, "stage": stages.get(data.get("stage", ""), "closed")}
