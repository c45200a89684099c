"""Topic `model-snapshots` (internal, compacted, key = target): the model that scores."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.fields import Target, Time


class ModelSnapshot(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A model as plain JSON, and how far its learning has come."""

    version: Annotated[str, Meta(description="Name of this state of the model.")]
    as_of: Annotated[
        Time, Meta(description="Used only for scores at or after this moment (event time).")
    ]
    target: Annotated[Target, Meta(description="What it predicts.")]
    horizon_days: Annotated[float, Meta(description="Horizon in days.", gt=0)]
    labels: Annotated[int, Meta(description="Matured labels learned so far.", ge=0)]
    ready: Annotated[
        bool, Meta(description="False: no model is better than the prior rule, which still speaks.")
    ] = False
    positives: Annotated[int, Meta(description="Those of them that were true.", ge=0)] = 0
    reference: Annotated[
        dict[str, float],
        Meta(description="Mean of each feature: contributions are differences from it."),
    ] = {}
    model: Annotated[
        dict[str, Any], Meta(description="The estimator as JSON; restores bit for bit.")
    ]
    metrics: Annotated[
        dict[str, Any], Meta(description="Log loss, AUC, calibration … of matured predictions.")
    ] = {}
    watch: Annotated[
        dict[str, Any], Meta(description="What the measures and the drift watch go on with.")
    ] = {}
    applied: Annotated[
        dict[str, list[Any]],
        Meta(description="What of the training examples is contained, so repeats change nothing."),
    ] = {}
