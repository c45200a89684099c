"""Topic `customer-state` (compacted, key = customer_id): what everybody may know of a customer."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.customer_value import CustomerValue
from schemas.fields import Band, Basis, Id, Level, Probability, Time
from schemas.reasons import Reason
from schemas.satisfaction import CustomerSatisfaction


class OpenAlert(Struct, kw_only=True, omit_defaults=True, gc=False):
    """An alert that is open now."""

    kind: Annotated[
        str, Meta(description="Kind of alert: silence, cancellation, upgrade, complaint, …")
    ]
    alert_id: Annotated[Id, Meta(description="The alert.")]
    band: Annotated[Band | None, Meta(description="Its urgency, where it has one.")] = None
    opened_at: Annotated[Time, Meta(description="When it was raised (event time).")]


class CustomerState(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The public view of one customer as of one moment; the last record of a key is the truth."""

    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    as_of: Annotated[Time, Meta(description="Event time up to which everything is contained.")]
    first_seen: Annotated[Time, Meta(description="First event of the customer.")]
    last_activity: Annotated[
        Time | None, Meta(description="Last activity by the policy's kinds; absent if none.")
    ] = None
    occasions: Annotated[int, Meta(description="Separate occasions of activity so far.", ge=0)]
    spend_window: Annotated[
        float, Meta(description="Net spend in the policy's trailing window, currency units.")
    ]
    value_at_stake: Annotated[
        float, Meta(description="Margin of a year at the customer's pace: lost if it leaves.", ge=0)
    ] = 0.0
    currency: Annotated[
        str | None, Meta(description="ISO 4217 code of spend_window and value_at_stake.")
    ] = None
    level: Annotated[Level | None, Meta(description="Place in the customer pyramid.")] = None
    probability: Annotated[
        Probability | None, Meta(description="Latest churn probability; absent if not scored.")
    ] = None
    further: Annotated[
        dict[str, Probability],
        Meta(description="Probabilities of the policy's further churn targets, as silence-30d."),
    ] = {}
    band: Annotated[Band | None, Meta(description="Its urgency.")] = None
    basis: Annotated[Basis | None, Meta(description="Learned model, or prior rule.")] = None
    model_version: Annotated[
        str | None, Meta(description="Version of the snapshot, or name of the prior rule.")
    ] = None
    open_complaints: Annotated[int, Meta(description="Complaints not yet closed.", ge=0)] = 0
    open_alerts: Annotated[list[OpenAlert], Meta(description="Alerts open now.")] = []
    manager: Annotated[Id | None, Meta(description="The account manager, as stated last.")] = None
    at_risk_because: Annotated[
        Cause | None,
        Meta(description="staff_turnover: the manager left, and nobody has made contact since."),
    ] = None
    satisfaction: Annotated[
        CustomerSatisfaction | None, Meta(description="Absent without a survey or a complaint.")
    ] = None
    reasons: Annotated[
        list[Reason], Meta(description="Of the latest score, largest magnitude first.")
    ] = []
    reviewed_at: Annotated[
        Time | None, Meta(description="Event time of the latest review; absent before the first.")
    ] = None
    value: Annotated[
        CustomerValue | None, Meta(description="What the customer is worth, so far and to come.")
    ] = None
