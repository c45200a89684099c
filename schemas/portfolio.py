"""Topic `portfolio` (internal, compacted, 1 key): the pyramid and the rhythm of all customers."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.fields import Time
from schemas.satisfaction import Satisfaction


class FittedPrior(Struct, kw_only=True, omit_defaults=True, gc=False):
    """BG/NBD parameters fitted to counts: what the prior rule of silence uses from then on."""

    as_of: Annotated[
        Time, Meta(description="Used only for scores at or after this moment (event time).")
    ]
    r: Annotated[float, Meta(description="Shape of the purchase rates.", gt=0)]
    alpha_days: Annotated[float, Meta(description="Their scale, days.", gt=0)]
    a: Annotated[float, Meta(description="First parameter of the drop-out.", gt=0)]
    b: Annotated[float, Meta(description="Second parameter of the drop-out.", gt=0)]


class Portfolio(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Where the levels of the pyramid begin, and what they hold."""

    as_of: Annotated[
        Time, Meta(description="Used only for decisions at or after this moment (event time).")
    ]
    version: Annotated[str, Meta(description="Name of this state of the portfolio.")]
    customers: Annotated[int, Meta(description="Active customers.", ge=0)]
    revenue: Annotated[float, Meta(description="Their net spend in the window, currency units.")]
    boundaries: Annotated[
        dict[str, float],
        Meta(description="Level (top, large, medium) → least spend in the window to belong to it."),
    ]
    counts: Annotated[dict[str, int], Meta(description="Level → customers.")] = {}
    shares: Annotated[dict[str, float], Meta(description="Level → share of revenue, 0 to 1.")] = {}
    watch: Annotated[
        dict[str, Any], Meta(description="What the watch over features and scores goes on with.")
    ] = {}
    priors: Annotated[
        list[FittedPrior],
        Meta(description="Oldest first, as far back as a prediction may wait for its label."),
    ] = []
    satisfaction: Annotated[
        Satisfaction | None, Meta(description="What they say and do, and what goes with churn.")
    ] = None
    labels: Annotated[
        dict[str, Any], Meta(description="What the areas that go with churn are measured on.")
    ] = {}
