"""Topic `portfolio-facts` (internal): one partition's customers on one day, replaceable."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.satisfaction import SatisfactionFact


class PortfolioFact(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Counts and a mergeable sketch.

    A later fact of the same partition, bucket and part replaces it.
    """

    partition: Annotated[int, Meta(description="Partition of the customer stage.", ge=0)]
    bucket: Annotated[int, Meta(description="Day number since 1970-01-01 (UTC).")]
    part: Annotated[
        int, Meta(description="Which of the facts of this day; one for so many customers.", ge=0)
    ] = 0
    customers: Annotated[int, Meta(description="Active customers.", ge=0)]
    revenue: Annotated[
        float, Meta(description="Their net spend in the trailing window, currency units.")
    ]
    sketch: Annotated[
        dict[str, Any],
        Meta(description="Ranking of spend per customer, as JSON; before, a sketch."),
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
    profit: Annotated[
        dict[str, Any], Meta(description="Ranking of the profit per customer, as JSON.")
    ] = {}
    rungs: Annotated[
        dict[str, tuple[int, float, float, float]],
        Meta(
            description="Level or class → customers, revenue and profit in the window (currency "
            "units), and the sum of their probabilities to leave."
        ),
    ] = {}
    churned: Annotated[
        dict[str, tuple[int, int]],
        Meta(description="Level → predictions whose horizon has ended, and how many left."),
    ] = {}
    moves: Annotated[
        list[tuple[str, str, str, int]],
        Meta(description="Scale, place before (or empty), place after, customers."),
    ] = []
    gaps: Annotated[
        dict[str, dict[str, Any]],
        Meta(
            description="Category (empty: all) → sketch of its customers' mean days between "
            "occasions, as JSON."
        ),
    ] = {}
    satisfaction: Annotated[
        SatisfactionFact | None, Meta(description="What they say and do, and who left.")
    ] = None
