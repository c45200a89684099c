"""Topic `portfolio` (internal, compacted, 1 key): the pyramid and the rhythm of all customers."""

from typing import Annotated, Any, Literal

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


class Rung(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The customers on one level of the pyramid, or in one class of the ABC, as they stand."""

    customers: Annotated[int, Meta(description="How many.", ge=0)]
    revenue: Annotated[float, Meta(description="Net spend in the window, currency units.")]
    profit: Annotated[float, Meta(description="Profit in the window, currency units.")]
    risk: Annotated[
        float, Meta(description="Mean probability to leave within the horizon, 0 to 1.")
    ]
    labelled: Annotated[
        int, Meta(description="Predictions whose horizon has ended since the last review.", ge=0)
    ] = 0
    churned: Annotated[int, Meta(description="Of these: how many left.", ge=0)] = 0


class Moved(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Moves since the last review of everybody."""

    scale: Annotated[Literal["pyramid", "abc"], Meta(description="What the places are of.")]
    from_level: Annotated[str, Meta(description="Place before; empty for none.")]
    to_level: Annotated[str, Meta(description="Place after.")]
    customers: Annotated[int, Meta(description="How many moved so.", ge=0)]


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
    profit: Annotated[float, Meta(description="Profit in the window, currency units.")] = 0.0
    grade_boundaries: Annotated[
        dict[str, float],
        Meta(description="Class (A, B, C) → least profit in the window to belong to it."),
    ] = {}
    concentration: Annotated[
        dict[str, dict[str, float]],
        Meta(
            description="Of revenue and profit: share of the customers (0.01, 0.05, 0.2; the best) "
            "→ their share of the whole. Without profit in all, that is absent."
        ),
    ] = {}
    levels: Annotated[dict[str, Rung], Meta(description="Level → those who stand on it.")] = {}
    grades: Annotated[dict[str, Rung], Meta(description="Class → those who are in it.")] = {}
    moves: Annotated[list[Moved], Meta(description="Moves since the last review.")] = []
    gaps: Annotated[
        dict[str, float],
        Meta(
            description="Category → median days between occasions of its customers; the empty "
            "name: of all."
        ),
    ] = {}
    satisfaction: Annotated[
        Satisfaction | None, Meta(description="What they say and do, and what goes with churn.")
    ] = None
    labels: Annotated[
        dict[str, Any], Meta(description="What the areas that go with churn are measured on.")
    ] = {}
