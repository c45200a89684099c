"""Satisfaction (D11): what partitions tell of it, and what it comes to; parts of other payloads."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.fields import Label, Probability

Dimension = Literal["cause", "product", "channel", "survey"]
"""What an area is an area of: cause, product or channel of complaints, or answers to surveys."""

AreaLabels = tuple[Dimension, str, int, int]
"""An area, its customers whose outcome is known, and how many of them left. An empty name stands
for all areas of the dimension that are not named."""

AreaNow = tuple[Dimension, str, int, float]
"""An area, its active customers, and the margin of a year that is lost with them."""


class CustomerSatisfaction(Struct, kw_only=True, omit_defaults=True, gc=False):
    """What one customer says and does."""

    csat: Annotated[float | None, Meta(description="Newest answer, 1 to 5.")] = None
    csat_mean: Annotated[float | None, Meta(description="Mean of all answers.")] = None
    nps: Annotated[float | None, Meta(description="Newest answer, 0 to 10.")] = None
    nps_mean: Annotated[float | None, Meta(description="Mean of all answers.")] = None
    repurchases: Annotated[int, Meta(description="Occasions after the first.", ge=0)] = 0
    complaint_rate: Annotated[
        float | None, Meta(description="Complaints for each occasion; absent without any.")
    ] = None


class SatisfactionFact(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The customers that one partition reviewed on one day, and the labels that matured on it."""

    csat: Annotated[
        tuple[int, float, float],
        Meta(description="Customers with a CSAT answer in the window, sum of the newest, squares."),
    ]
    nps: Annotated[
        tuple[int, int, int],
        Meta(description="Customers who are promoters, passives, detractors by the newest answer."),
    ]
    buyers: Annotated[int, Meta(description="Active within the window.", ge=0)] = 0
    repeaters: Annotated[int, Meta(description="Of these, not for the first time.", ge=0)] = 0
    customers: Annotated[int, Meta(description="Active customers.", ge=0)] = 0
    complainers: Annotated[
        int, Meta(description="Of these, with a complaint opened in the window.", ge=0)
    ] = 0
    areas: Annotated[list[AreaNow], Meta(description="Where they are unhappy.")] = []
    labels: Annotated[
        tuple[int, int],
        Meta(description="Matured labels, each customer once a horizon: how many, and leavers."),
    ]
    area_labels: Annotated[
        list[AreaLabels], Meta(description="The same of those with an area at the prediction.")
    ] = []


class Share(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A share of customers with its interval (Wilson)."""

    count: Annotated[int, Meta(description="Customers for whom it holds.", ge=0)]
    of: Annotated[int, Meta(description="Customers in all.", ge=0)]
    rate: Annotated[Probability, Meta(description="count / of; 0 of nobody.")]
    low: Annotated[Probability, Meta(description="Lower end of the interval.")]
    high: Annotated[Probability, Meta(description="Upper end of the interval.")]


class MeanScore(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The mean of the customers' newest answers with its interval."""

    customers: Annotated[int, Meta(description="Customers with an answer in the window.", ge=0)]
    mean: Annotated[float, Meta(description="1 to 5.")]
    low: Annotated[float, Meta(description="Lower end of the interval.")]
    high: Annotated[float, Meta(description="Upper end of the interval.")]


class NetPromoters(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The net promoter score of the customers' newest answers with its interval."""

    promoters: Annotated[int, Meta(description="Customers who answered 9 or 10.", ge=0)]
    passives: Annotated[int, Meta(description="Customers who answered 7 or 8.", ge=0)]
    detractors: Annotated[int, Meta(description="Customers who answered 0 to 6.", ge=0)]
    score: Annotated[
        float, Meta(description="100 × (share of promoters - share of detractors): -100 to 100.")
    ]
    low: Annotated[float, Meta(description="Lower end of the interval.")]
    high: Annotated[float, Meta(description="Upper end of the interval.")]


class Area(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Customers who have been unhappy about something, and how often such customers leave."""

    dimension: Annotated[Dimension, Meta(description="What kind of area it is.")]
    name: Annotated[
        Label | None, Meta(description="Which one; absent for all others of the dimension.")
    ] = None
    customers: Annotated[int, Meta(description="With it when predicted, outcome known.", ge=0)]
    churned: Annotated[int, Meta(description="Of these, left within the horizon.", ge=0)]
    rate: Annotated[Probability, Meta(description="churned / customers.")]
    rate_without: Annotated[Probability, Meta(description="The same of all without it.")]
    difference: Annotated[float, Meta(description="rate - rate_without: -1 to 1.")]
    low: Annotated[float, Meta(description="Lower end of the difference's interval.")]
    high: Annotated[float, Meta(description="Upper end of the difference's interval.")]
    is_clear: Annotated[
        bool,
        Meta(description="The difference is not 0 even if all areas are allowed for (Bonferroni)."),
    ] = False
    active: Annotated[int, Meta(description="Active customers who have it now.", ge=0)] = 0
    value_at_stake: Annotated[
        float, Meta(description="Margin of a year lost with these, currency units.")
    ] = 0.0
    expected_loss: Annotated[
        float, Meta(description="value_at_stake × difference, where that is above 0.")
    ] = 0.0


class Satisfaction(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The satisfaction of the active customers, and the areas that go with churn."""

    window_days: Annotated[int, Meta(description="Answers and complaints of so many days.", gt=0)]
    confidence: Annotated[float, Meta(description="Of all intervals, such as 0.95.")]
    csat: Annotated[MeanScore | None, Meta(description="Absent without an answer.")] = None
    nps: Annotated[NetPromoters | None, Meta(description="Absent without an answer.")] = None
    repurchase: Annotated[
        Share, Meta(description="Active within the window: those for whom it was not the first.")
    ]
    complaints: Annotated[
        Share, Meta(description="Active customers: those with a complaint in the window.")
    ]
    churn: Annotated[
        Share, Meta(description="Customers whose outcome is known: those who left in the horizon.")
    ]
    areas: Annotated[
        list[Area], Meta(description="Highest lower end of the difference first.")
    ] = []
