"""The twelve reasons why customers leave (D12), and `unknown`."""

from typing import Literal, get_args

Cause = Literal[
    "staff_turnover",
    "competitor_offer",
    "channel_or_market",
    "broken_promise",
    "neglected_detail",
    "unmet_need",
    "product_defect",
    "poor_service",
    "marketing_mix",
    "culture",
    "unequal_treatment",
    "circumstance",
    "unknown",
]
"""One cause. `staff_turnover`: the account manager left. `competitor_offer`: somebody offered more.
`channel_or_market`: unsupervised channel, stock or delivery. `broken_promise`: a promise, rebate or
bill was not honoured. `neglected_detail`: something small was overlooked. `unmet_need`: the need
moved on. `product_defect`: fault of the product or service. `poor_service`: rude, slow, no answer.
`marketing_mix`: price, length of the channel, too complex, brand, packaging. `culture`: words
without deeds. `unequal_treatment`: small customers ignored. `circumstance`: moved, closed,
bankrupt, terms changed, calls or mail unanswered. `unknown`: not stated."""

CAUSES: tuple[str, ...] = get_args(Cause)
"""All thirteen values, in the order in which reports list them."""
