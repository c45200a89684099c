"""Topic `churn-risk`: a customer is likely to leave, and why."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import AlertStage, Band, Basis, Id, Level, Probability, Target, Time
from schemas.ledger import Ledger
from schemas.reasons import Change, Reason


class ChurnRisk(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One step in the life of one churn alert. At most one is open for each customer and kind."""

    alert_id: Annotated[Id, Meta(description="The alert; the same in all its stages.")]
    kind: Annotated[
        Literal["churn-risk", "staff-turnover"],
        Meta(
            description="churn-risk: the probability is high. staff-turnover: the account manager "
            "left, whatever the probability. At most one of each is open."
        ),
    ] = "churn-risk"
    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    stage: Annotated[AlertStage, Meta(description="Where the alert stands.")]
    occurred_at: Annotated[Time, Meta(description="As-of time of the score (event time).")]
    target: Annotated[Target, Meta(description="What is predicted.")]
    horizon_days: Annotated[
        float, Meta(description="The prediction looks this many days ahead.", gt=0)
    ]
    probability: Annotated[
        Probability, Meta(description="Calibrated probability that it happens in the horizon.")
    ]
    band: Annotated[Band, Meta(description="Urgency by the thresholds of the policy.")]
    value_at_stake: Annotated[
        float,
        Meta(description="Margin of a year at the customer's pace: lost if it leaves."),
    ]
    currency: Annotated[
        str | None, Meta(description="ISO 4217 code of value_at_stake; absent if none was given.")
    ] = None
    level: Annotated[Level | None, Meta(description="Place in the customer pyramid.")] = None
    reasons: Annotated[
        list[Reason], Meta(description="Signed contributions, the largest magnitude first.")
    ] = []
    changed: Annotated[
        list[Change], Meta(description="What moved since the last record of this alert.")
    ] = []
    evidence: Annotated[
        list[str], Meta(description="event_ids of the latest events that the score rests on.")
    ] = []
    model_version: Annotated[
        str, Meta(description="Version of the model snapshot, or the name of the prior rule.")
    ]
    basis: Annotated[Basis, Meta(description="Learned model, or prior rule.")]
    confidence: Annotated[
        Probability, Meta(description="How much evidence there is: 0 none, 1 ample.")
    ]
    deadline: Annotated[Time | None, Meta(description="Recommended latest time to act.")] = None
    closed_because: Annotated[
        str | None, Meta(description="Why it was closed; only when resolved, expired or folded.")
    ] = None
    incident_id: Annotated[
        Id | None, Meta(description="The incident that explains it; only when folded.")
    ] = None
    cause: Annotated[Cause | None, Meta(description="Most likely cause, if there is a sign.")] = (
        None
    )
    ledger: Annotated[
        Ledger | None, Meta(description="All inputs of the score, for `churnstream audit`.")
    ] = None
