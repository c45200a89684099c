"""Topic `level-moves`: a customer came to another place in the pyramid, or in the ABC."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.customer_value import Grade
from schemas.fields import Id, Level, Time

Scale = Literal["pyramid", "abc"]
"""The pyramid ranks by revenue, the ABC by profit."""

Direction = Literal["added", "up", "down", "left", "returned"]
"""Came in, rose, fell, became inactive, came back."""


class LevelMove(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One move of one customer, found at a review; near a boundary nobody moves to and fro."""

    customer_id: Annotated[Id, Meta(description="The customer; equals the record key.")]
    occurred_at: Annotated[Time, Meta(description="As-of time of the review (event time).")]
    scale: Annotated[Scale, Meta(description="What the places are of.")]
    direction: Annotated[Direction, Meta(description="Where the customer went.")]
    from_level: Annotated[
        Level | Grade | None, Meta(description="Place before; absent if there was none.")
    ] = None
    to_level: Annotated[Level | Grade, Meta(description="Place now.")]
    amount: Annotated[
        float,
        Meta(description="What places are by: revenue, or profit, in the trailing window."),
    ]
    currency: Annotated[str | None, Meta(description="ISO 4217 code of amount.")] = None
    portfolio: Annotated[
        str | None, Meta(description="Version of the portfolio whose boundaries were in force.")
    ] = None
