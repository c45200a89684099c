"""Topic `upgrade-opportunity`: a customer is about to grow."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import AlertStage, Basis, Id, Level, Probability, Time
from schemas.reasons import Reason


class UpgradeOpportunity(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One step in the life of one opportunity. Never written during an open complaint or a high
    churn risk."""

    opportunity_id: Annotated[Id, Meta(description="The opportunity; the same in all stages.")]
    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    stage: Annotated[AlertStage, Meta(description="Where the opportunity stands.")]
    occurred_at: Annotated[Time, Meta(description="As-of time (event time).")]
    level: Annotated[Level | None, Meta(description="Place in the pyramid now.")] = None
    target_level: Annotated[Level | None, Meta(description="The next place up.")] = None
    distance: Annotated[
        float | None,
        Meta(description="Spend in the window that is missing to the next level, currency units."),
    ] = None
    currency: Annotated[str | None, Meta(description="ISO 4217 code of distance.")] = None
    growth: Annotated[
        float | None, Meta(description="Recent spend over the customer's own baseline, ratio.")
    ] = None
    score: Annotated[
        Probability | None, Meta(description="Probability of an upgrade; absent before a model.")
    ] = None
    reasons: Annotated[list[Reason], Meta(description="Largest magnitude first.")] = []
    evidence: Annotated[list[str], Meta(description="event_ids that it rests on.")] = []
    basis: Annotated[Basis, Meta(description="Learned model, or prior rule.")]
    model_version: Annotated[
        str, Meta(description="Version of the model snapshot, or the name of the prior rule.")
    ]
    confidence: Annotated[
        Probability, Meta(description="How much evidence there is: 0 none, 1 ample.")
    ]
    closed_because: Annotated[
        str | None, Meta(description="Why it was closed; only when resolved, expired or folded.")
    ] = None
