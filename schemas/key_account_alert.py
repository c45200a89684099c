"""Topic `key-account-alerts`: a key account has not heard from us for longer than planned."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.customer_value import Grade
from schemas.fields import AlertStage, Id, Level, Time
from schemas.reasons import Reason


class KeyAccountAlert(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One step in the life of one alert; a customer has at most one open. A contact resolves it."""

    alert_id: Annotated[Id, Meta(description="The alert; the same in all its stages.")]
    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    stage: Annotated[AlertStage, Meta(description="Where the alert stands.")]
    occurred_at: Annotated[Time, Meta(description="As-of time (event time).")]
    level: Annotated[Level | None, Meta(description="Place in the pyramid.")] = None
    grade: Annotated[Grade | None, Meta(description="Place in the ABC.")] = None
    last_contact: Annotated[
        Time | None, Meta(description="Day of our last contact; absent if there was none.")
    ] = None
    silent_days: Annotated[
        int,
        Meta(description="Days since then, or since it became a key account if later.", ge=0),
    ]
    allowed_days: Annotated[int, Meta(description="Days that the plan allows.", ge=0)]
    value_at_stake: Annotated[
        float, Meta(description="Margin of a year at the customer's pace, currency units.", ge=0)
    ] = 0.0
    currency: Annotated[str | None, Meta(description="ISO 4217 code of value_at_stake.")] = None
    reasons: Annotated[list[Reason], Meta(description="Why, in words.")] = []
    closed_because: Annotated[
        str | None, Meta(description="Why it was closed; only when resolved or expired.")
    ] = None
