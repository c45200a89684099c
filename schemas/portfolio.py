"""Topic `portfolio` (internal, compacted, 1 key): the pyramid of all customers."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import Time


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
