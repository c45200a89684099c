"""Why an alert says what it says: signed contributions in words, and what has changed."""

from typing import Annotated

from msgspec import Meta, Struct


class Reason(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One contribution to a score, in numbers and in words."""

    feature: Annotated[
        str, Meta(description="What it is about: silence, rhythm, spend, … or an own attribute.")
    ]
    contribution: Annotated[
        float, Meta(description="Signed part of the log-odds: positive raises the probability.")
    ]
    value: Annotated[
        float,
        Meta(description="The number behind it in its own unit: days silent, last spend, …"),
    ]
    text: Annotated[
        str,
        Meta(description='The reason for a person: "no purchase for 41 days; usually every 12".'),
    ]


class Change(Struct, kw_only=True, omit_defaults=True, gc=False):
    """What moved since the last published score, by the model that speaks now."""

    feature: Annotated[str, Meta(description="What it is about, as in Reason.")]
    before: Annotated[float, Meta(description="Its contribution then, log-odds.")]
    after: Annotated[float, Meta(description="Its contribution now, log-odds.")]
    contribution_change: Annotated[float, Meta(description="Now minus then, log-odds.")]
    text: Annotated[str, Meta(description="The change for a person.")]
