"""What a customer is worth, as part of its public view (topic `customer-state`)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.fields import Probability

LoyaltyClass = Literal["potential", "new", "regular", "established", "loyal"]
"""How close a customer is: has not bought, began lately, buys often, has a long history, or that
and often and nearly only with us."""

Stage = Literal["exploration", "formation", "stability", "decline"]
"""Where a relationship stands: the first purchases, growing together, settled, or in reversal."""

Cell = Literal["keep", "grow", "reprice", "let_go"]
"""Share of wallet against profit: high/high, low/high, high/low, low/low."""

Grade = Literal["A", "B", "C", "C-"]
"""Place in the ABC by profit: the best 5 %, the next 15 %, the rest, and the worst of the rest."""

RhythmOf = Literal["own", "category", "all"]
"""Whose rhythm it is: the customer's, that of what it bought first, or that of all customers."""


class CustomerValue(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Value of one customer, so far unless it says else; money in the view's `currency`."""

    revenue: Annotated[float, Meta(description="Purchases less returns; may be negative.")] = 0.0
    margin: Annotated[float, Meta(description="Revenue less product cost.")] = 0.0
    costed_share: Annotated[
        float,
        Meta(description="Share of the purchases whose cost was stated; 0: margin by the policy."),
    ] = 0.0
    cost_to_serve: Annotated[
        float, Meta(description="Contacts, returns and complaints, with complaint_cost.")
    ] = 0.0
    complaint_cost: Annotated[
        float, Meta(description="Handling of complaints, and compensation.")
    ] = 0.0
    marketing_cost: Annotated[float, Meta(description="Offers made.")] = 0.0
    acquisition_cost: Annotated[
        float, Meta(description="What it cost to win the customer: stated, or by the policy.")
    ] = 0.0
    relationship_value: Annotated[
        float, Meta(description="Net cash flow: margin less all costs; ≤ 0: has not paid yet.")
    ] = 0.0
    yearly_revenue: Annotated[
        float, Meta(description="Of a year at the present pace, while the customer stays.", ge=0)
    ] = 0.0
    yearly_profit: Annotated[
        float, Meta(description="The same less product cost, cost to serve and marketing.")
    ] = 0.0
    retention: Annotated[
        Probability | None, Meta(description="Probability to be still here in a year.")
    ] = None
    lifetime_years: Annotated[
        float | None, Meta(description="Expected years to come, up to the policy's.")
    ] = None
    clv: Annotated[
        float | None,
        Meta(description="Long term: profit to come, discounted, with referral_value if stated."),
    ] = None
    clv_next_year: Annotated[
        float | None, Meta(description="Short term: the part of it from the next year.")
    ] = None
    referral_value: Annotated[
        float | None, Meta(description="What those are worth whom it brought, if stated.")
    ] = None
    confidence: Annotated[
        Probability, Meta(description="How much evidence there is: 0 none, 1 ample.")
    ] = 0.0
    window_profit: Annotated[
        float, Meta(description="Profit in the policy's trailing window: what the class is by.")
    ] = 0.0
    grade: Annotated[Grade | None, Meta(description="Place in the ABC by profit.")] = None
    loyalty: Annotated[LoyaltyClass | None, Meta(description="How close the customer is.")] = None
    stage: Annotated[Stage | None, Meta(description="Where the relationship stands.")] = None
    wallet_share: Annotated[
        Probability | None,
        Meta(description="Share of its spend in our category that we get; where stated."),
    ] = None
    cell: Annotated[Cell | None, Meta(description="What share and profit ask for.")] = None
    discount_driven: Annotated[
        bool, Meta(description="Buys only with a discount: not worth a rescue.")
    ] = False
    rhythm_days: Annotated[float | None, Meta(description="Usual days between two occasions.")] = (
        None
    )
    rhythm_of: Annotated[RhythmOf | None, Meta(description="Whose rhythm that is.")] = None
    key_account: Annotated[bool, Meta(description="In the programme for key accounts.")] = False
