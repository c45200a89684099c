"""Topic `interactions`: something a customer did, or that was done with the customer."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.fields import Attributes, CurrencyCode, Id, Label, Number, Time

KINDS: frozenset[str] = frozenset(
    {
        "purchase",
        "return",
        "payment",
        "visit",
        "login",
        "usage",
        "contact",
        "offer",
        "offer_response",
        "subscribe",
        "renew",
        "cancel_request",
        "cancel",
        "employee_left",
        "employee_back",
    }
)
"""The kinds that churnstream knows. Others are kept and counted, never rejected."""

STAFF_KINDS: frozenset[str] = frozenset({"employee_left", "employee_back"})
"""Known kinds that tell of an employee and of no customer: their `customer_id` is any."""

SIGNED_KINDS: frozenset[str] = frozenset({"return", "payment"})
"""Known kinds whose quantity and money may carry either sign; they are kept as given. A credit note
may state −2 pieces or 2 pieces: the kind says that it is a return, whatever the sign."""


class Interaction(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One interaction of one customer. Money is in units of `currency` (12.5 is 12 euros 50)."""

    customer_id: Annotated[
        Id, Meta(description="The customer; equals the record key. Else the CloudEvent's subject.")
    ]
    kind: Annotated[
        Id,
        Meta(
            description="What happened: purchase, return, payment, visit, login, usage, contact, "
            "offer, offer_response, subscribe, renew, cancel_request, cancel, employee_left, "
            "employee_back (of employee_id; no deed of the customer), or one's own kind."
        ),
    ]
    occurred_at: Annotated[
        Time, Meta(description="When it happened (event time). Else the CloudEvent's time.")
    ]
    event_id: Annotated[
        Id | None,
        Meta(
            description="Identity of the event: a second record with the same id is a duplicate. "
            "If missing, the CloudEvent's id, else topic/partition/offset."
        ),
    ] = None
    order_id: Annotated[
        Id | None, Meta(description="Order or invoice; rows of one order are one occasion.")
    ] = None
    product_id: Annotated[Id | None, Meta(description="Article, plan or service.")] = None
    category: Annotated[Label | None, Meta(description="Product category.")] = None
    quantity: Annotated[
        Number | None,
        Meta(
            description="Pieces, or units of use. Not negative, except for return and payment "
            "and for kinds of one's own, where the sign is kept as given."
        ),
    ] = None
    unit_price: Annotated[
        Number | None, Meta(description="Price of one piece, currency units; sign as quantity.")
    ] = None
    amount: Annotated[
        Number | None,
        Meta(
            description="Total, currency units; quantity × unit_price if missing. Sign as quantity."
        ),
    ] = None
    discount: Annotated[
        Number | None,
        Meta(
            description="Reduction already contained in amount, currency units; sign as quantity."
        ),
    ] = None
    cost: Annotated[
        Number | None,
        Meta(description="What it cost the company, currency units; sign as quantity."),
    ] = None
    currency: Annotated[CurrencyCode | None, Meta(description="ISO 4217 code.")] = None
    channel: Annotated[Label | None, Meta(description="Where: web, shop, phone, partner, …")] = None
    campaign_id: Annotated[Id | None, Meta(description="Campaign or offer that led to it.")] = None
    employee_id: Annotated[Id | None, Meta(description="The employee who was in contact.")] = None
    attributes: Annotated[
        Attributes,
        Meta(description="Own flat fields; the policy says which of them become features."),
    ] = {}
