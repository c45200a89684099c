"""Topic `model-archive` (internal, key = version): of each published model what scores."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.fields import Target, Time


class ArchivedModel(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One version of a model without what only learning needs, kept to repeat old scores."""

    version: Annotated[str, Meta(description="The version that scores and alerts name.")]
    as_of: Annotated[
        Time, Meta(description="Used only for scores at or after this moment (event time).")
    ]
    target: Annotated[Target, Meta(description="What it predicts.")]
    horizon_days: Annotated[float, Meta(description="Horizon in days.", gt=0)]
    labels: Annotated[int, Meta(description="Matured labels learned by then.", ge=0)]
    ready: Annotated[
        bool, Meta(description="False: not yet better than the prior rule, which still spoke.")
    ] = False
    names: Annotated[
        list[str], Meta(description="The numeric features in the order in which they are packed.")
    ]
    reference: Annotated[
        dict[str, float],
        Meta(description="Mean of each feature: contributions are differences from it."),
    ] = {}
    scoring: Annotated[
        dict[str, Any], Meta(description="The estimator as JSON; of a covariance only the count.")
    ]
