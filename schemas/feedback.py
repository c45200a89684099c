"""Topic `feedback`: what customers and employees say back."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import FreeText, Id, Label, Time

FeedbackKind = Literal["survey", "alert", "offer", "reason"]
"""`survey`: a score. `alert`: what was done about an alert. `offer`: how an offer ended.
`reason`: why the customer says he or she left."""

AlertFeedback = Literal["acknowledged", "snoozed", "dismissed", "contacted", "saved", "lost"]
"""What became of an alert in the hands of the retention team."""

OfferOutcome = Literal["accepted", "declined", "ignored"]
"""How an offer ended."""


class Feedback(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One answer. `survey` needs a score; `alert` needs alert_id and alert_stage; `offer` needs
    offer_outcome; `reason` needs reason or competitor."""

    customer_id: Annotated[
        Id, Meta(description="The customer; equals the record key. Else the CloudEvent's subject.")
    ]
    occurred_at: Annotated[Time, Meta(description="When it was said. Else the CloudEvent's time.")]
    kind: Annotated[FeedbackKind, Meta(description="Which of the four kinds of answer it is.")]
    event_id: Annotated[
        Id | None,
        Meta(
            description="Identity of this answer; a repeat is a duplicate. "
            "If missing, the CloudEvent's id, else topic/partition/offset."
        ),
    ] = None
    score_csat: Annotated[
        Annotated[float, Meta(ge=1, le=5)] | None,
        Meta(description="Satisfaction, 1 (very dissatisfied) to 5 (very satisfied)."),
    ] = None
    score_nps: Annotated[
        Annotated[int, Meta(ge=0, le=10)] | None,
        Meta(description="Would recommend: 0 to 6 detractor, 7 and 8 passive, 9 and 10 promoter."),
    ] = None
    alert_id: Annotated[Id | None, Meta(description="The alert that is answered.")] = None
    alert_stage: Annotated[
        AlertFeedback | None, Meta(description="What was done about the alert.")
    ] = None
    offer_id: Annotated[Id | None, Meta(description="The offer that is answered.")] = None
    offer_outcome: Annotated[OfferOutcome | None, Meta(description="How the offer ended.")] = None
    reason: Annotated[Cause | None, Meta(description="Stated reason for leaving.")] = None
    competitor: Annotated[Label | None, Meta(description="Where the customer went.")] = None
    text: Annotated[
        FreeText | None, Meta(description="Free words, any language. Personal data: never logged.")
    ] = None
    employee_id: Annotated[Id | None, Meta(description="Who took or gave the answer.")] = None
