"""Topic `signals` (internal): what an event of one customer tells about the whole."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import Id, Label, Time

SignalKind = Literal["complaint", "cause", "employee_left", "employee_back", "hour"]
"""`complaint`: one was opened or taken up again. `cause`: the cause of one was stated, whose words
may teach. `employee_left`, `employee_back`: an employee is there no more, or again. `hour`: the
event time of a partition has passed a full hour, so that silence is noticed, too."""


class Signal(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One thing told. Its source record identifies it: a repeat has the same place."""

    kind: Annotated[SignalKind, Meta(description="What is told.")]
    occurred_at: Annotated[Time, Meta(description="When it happened (event time).")]
    partition: Annotated[int, Meta(description="Partition of its source record.", ge=0)]
    topic: Annotated[str, Meta(description="Input topic of its source record; clock for an hour.")]
    offset: Annotated[
        int, Meta(description="Offset of its source record; hours since 1970 for an hour.", ge=0)
    ]
    customer_id: Annotated[
        Id | None, Meta(description="The customer of the event; absent for an hour.")
    ] = None
    complaint_id: Annotated[Id | None, Meta(description="The complaint.")] = None
    product_id: Annotated[Id | None, Meta(description="What the complaint is about.")] = None
    category: Annotated[Label | None, Meta(description="Product category.")] = None
    cause: Annotated[Cause | None, Meta(description="Stated or recognised cause.")] = None
    channel: Annotated[Label | None, Meta(description="Where the complaint was received.")] = None
    region: Annotated[Label | None, Meta(description="Region of the customer or the shop.")] = None
    severity: Annotated[int | None, Meta(description="1 (slight) to 5 (grave).")] = None
    value_at_stake: Annotated[
        float | None, Meta(description="Margin of a year lost with the customer, currency units.")
    ] = None
    employee_id: Annotated[Id | None, Meta(description="The employee who left or is back.")] = None
    event_id: Annotated[
        Id | None, Meta(description="The event that tells that an employee left or is back.")
    ] = None
    tokens: Annotated[
        list[int], Meta(description="Hashes of the complaint's words: no text can be had of them.")
    ] = []
