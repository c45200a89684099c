"""Topic `model-events`: another model speaks now, or something that the models rest on moved."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.fields import FreeText, Id, Label, Target, Time

ModelEventKind = Literal["promoted", "demoted", "drift"]
"""What happened: a model speaks from now on, a model speaks no longer, or something moved."""


class ModelEvent(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One switch of the speaker, or one drift. A repeat of the same cause has the same event_id."""

    event_id: Annotated[
        Id, Meta(description="Identity by cause: target, horizon, kind, subject and time.")
    ]
    target: Annotated[Target, Meta(description="What is predicted.")]
    horizon_days: Annotated[float, Meta(description="Horizon in days.", gt=0)]
    occurred_at: Annotated[Time, Meta(description="As-of time (event time).")]
    kind: Annotated[ModelEventKind, Meta(description="What happened.")]
    subject: Annotated[
        Label,
        Meta(
            description="The model that was promoted or demoted; or what moved, such as "
            "feature:recency, score, base_rate or log_loss."
        ),
    ]
    other: Annotated[
        Label | None,
        Meta(description="Who spoke before a promotion, or who speaks after a demotion."),
    ] = None
    before: Annotated[
        float | None,
        Meta(description="Drift: the mean before. A switch: log loss of who spoke before."),
    ] = None
    after: Annotated[
        float | None,
        Meta(description="Drift: the mean since. A switch: log loss of who speaks now."),
    ] = None
    text: Annotated[FreeText, Meta(description="The same in words.")]
    evidence: Annotated[
        dict[str, float],
        Meta(description="Numbers that it rests on: labels, p_value, margin, effect …"),
    ] = {}
