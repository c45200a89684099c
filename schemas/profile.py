"""Topic `profiles`: what is known of a customer beside the events."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import Attributes, Id, Label, Number, Time


class Profile(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A statement about a customer from `occurred_at` on. A field that is absent or null says
    nothing: what was stated before stays."""

    customer_id: Annotated[
        Id, Meta(description="The customer; equals the record key. Else the CloudEvent's subject.")
    ]
    occurred_at: Annotated[
        Time, Meta(description="From when on it holds. Else the CloudEvent's time.")
    ]
    event_id: Annotated[
        Id | None,
        Meta(
            description="Identity of this statement; a repeat is a duplicate. "
            "If missing, the CloudEvent's id, else topic/partition/offset."
        ),
    ] = None
    account_manager: Annotated[
        Id | None, Meta(description="The employee who owns the relationship.")
    ] = None
    segment: Annotated[Label | None, Meta(description="The company's own segment.")] = None
    region: Annotated[Label | None, Meta(description="Region of the customer.")] = None
    contract_start: Annotated[Time | None, Meta(description="Begin of the contract.")] = None
    contract_end: Annotated[
        Time | None, Meta(description="End of the contract, not before its begin.")
    ] = None
    price_plan: Annotated[Label | None, Meta(description="Plan or tariff.")] = None
    consent: Annotated[
        bool | None, Meta(description="May be contacted for marketing; null is not stated.")
    ] = None
    wallet_spend: Annotated[
        Number | None,
        Meta(
            description="The customer's whole spend in our category with all suppliers, "
            "currency units a year, ≥ 0."
        ),
    ] = None
    referrer: Annotated[
        Id | None, Meta(description="The customer_id of whoever brought this customer.")
    ] = None
    attributes: Annotated[
        Attributes, Meta(description="External demographics and other flat fields.")
    ] = {}
