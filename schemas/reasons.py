"""Why an alert says what it says: signed contributions in words, and what has changed."""

from typing import Annotated

from msgspec import Meta, Struct


class Reason(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One contribution to a score, in numbers and in words."""

    feature: Annotated[str, Meta(description="Name of the feature, as in the policy's list.")]
    contribution: Annotated[
        float, Meta(description="Signed part of the log-odds: positive raises the probability.")
    ]
    value: Annotated[
        float,
        Meta(description="The feature's raw value at the time of the score, in its own unit."),
    ]
    text: Annotated[
        str,
        Meta(description='The reason for a person: "no purchase for 41 days; usually every 12".'),
    ]


class Change(Struct, kw_only=True, omit_defaults=True, gc=False):
    """What moved between the last alert and this one."""

    feature: Annotated[str, Meta(description="Name of the feature.")]
    before: Annotated[float, Meta(description="Its raw value at the last alert.")]
    after: Annotated[float, Meta(description="Its raw value now.")]
    contribution_change: Annotated[
        float, Meta(description="Contribution now minus contribution then, log-odds.")
    ]
    text: Annotated[str, Meta(description="The change for a person.")]
