"""Topic `training-examples` (internal): a prediction whose outcome is now known."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import Basis, Id, Probability, Target, Time


class TrainingExample(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Features as of `at`, and what had happened by `matured_at` = at + horizon."""

    example_id: Annotated[Id, Meta(description="Identity: a repeat teaches nothing.")]
    customer_id: Annotated[Id, Meta(description="The customer.")]
    partition: Annotated[int, Meta(description="Partition of the customer stage.", ge=0)]
    at: Annotated[Time, Meta(description="As-of time of the features and the prediction.")]
    matured_at: Annotated[Time, Meta(description="When the label was known: at + horizon.")]
    target: Annotated[Target, Meta(description="What is predicted.")]
    horizon_days: Annotated[float, Meta(description="Horizon in days.", gt=0)]
    features: Annotated[
        dict[str, float], Meta(description="Feature name → value as the model takes it.")
    ]
    label: Annotated[bool, Meta(description="True: it happened (silent, or cancelled).")]
    probability: Annotated[
        Probability | None, Meta(description="As emitted at `at`; absent if none was.")
    ] = None
    basis: Annotated[Basis | None, Meta(description="Where that probability came from.")] = None
    model_version: Annotated[str | None, Meta(description="And from which version.")] = None
    context: Annotated[
        dict[str, bool],
        Meta(description="What may have changed the outcome: alert_open, offered, control, …"),
    ] = {}
    segment: Annotated[
        str | None, Meta(description="Segment of the customer, for measures by segment.")
    ] = None
