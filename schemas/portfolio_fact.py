"""Topic `portfolio-facts` (internal): one partition's customers on one day, replaceable."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.satisfaction import SatisfactionFact


class PortfolioFact(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Counts and a mergeable sketch. A later fact of the same partition and bucket replaces it."""

    partition: Annotated[int, Meta(description="Partition of the customer stage.", ge=0)]
    bucket: Annotated[int, Meta(description="Day number since 1970-01-01 (UTC).")]
    customers: Annotated[int, Meta(description="Active customers.", ge=0)]
    revenue: Annotated[
        float, Meta(description="Their net spend in the trailing window, currency units.")
    ]
    sketch: Annotated[
        dict[str, Any], Meta(description="Quantile sketch of spend per customer, as JSON.")
    ]
    scored: Annotated[
        dict[str, tuple[float, float, float]],
        Meta(
            description="Of each feature that was scored, and of the score: how many values, their "
            "sum, and the sum of their squares."
        ),
    ] = {}
    rhythms: Annotated[
        list[tuple[int, int, int, int]],
        Meta(
            description="Customers whose first activity lies within the active window: days with "
            "activity after the first, the last of them and today in days since the first, and how "
            "many customers have these."
        ),
    ] = []
    satisfaction: Annotated[
        SatisfactionFact | None, Meta(description="What they say and do, and who left.")
    ] = None
