"""What a score was made of, so that it can be computed again from the log."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import Probability, Target


class PriorInputs(Struct, kw_only=True, omit_defaults=True, gc=False):
    """What the stated prior rule was asked, and with which parameters."""

    target: Annotated[Target, Meta(description="What is predicted.")]
    horizon_days: Annotated[float, Meta(description="Horizon in days.", gt=0)]
    occasions: Annotated[int, Meta(description="Days with activity so far.", ge=0)]
    first_day: Annotated[int, Meta(description="The first of them, in days since 1970-01-01.")]
    last_day: Annotated[int, Meta(description="The last of them, in days since 1970-01-01.")]
    cancel_requested: Annotated[
        bool, Meta(description="Whether a cancel request is not older than 30 days.")
    ] = False
    parameters: Annotated[
        dict[str, float],
        Meta(description="Those in force: section [prior] of the policy, or fitted."),
    ]


class Ledger(Struct, kw_only=True, omit_defaults=True, gc=False):
    """All inputs of one score; with the archived model they give its probability bit for bit."""

    probability: Annotated[
        Probability, Meta(description="The probability as computed, not rounded.")
    ]
    model_version: Annotated[
        str, Meta(description="Key on the topic model-archive, or `prior` for the rule alone.")
    ]
    policy: Annotated[str, Meta(description="Fingerprint of the whole policy in force.")]
    layout: Annotated[
        str, Meta(description="Fingerprint of the features' names in the order of `features`.")
    ]
    features: Annotated[
        bytes,
        Meta(description="Numeric features as scored: base64 of one signed byte each, in 1/16."),
    ]
    categories: Annotated[
        dict[str, str], Meta(description="The customer's categories that the policy names.")
    ] = {}
    segment: Annotated[
        str, Meta(description="The segment by whose calibration the probability was straightened.")
    ] = ""
    day: Annotated[
        int, Meta(description="Days since 1970-01-01: the last whose events were looked at.")
    ]
    prior: Annotated[PriorInputs, Meta(description="What the prior rule was asked.")]
