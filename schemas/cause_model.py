"""Topic `cause-model` (internal, compacted, 1 key): what recognises causes from words."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.fields import Time


class CauseModel(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A state of the learned text classifier, as JSON."""

    as_of: Annotated[
        Time, Meta(description="Used only for decisions at or after this moment (event time).")
    ]
    version: Annotated[str, Meta(description="Name of this state of the model.")]
    labels: Annotated[int, Meta(description="Stated causes learned by then.", ge=0)]
    state: Annotated[dict[str, Any], Meta(description="The classifier's counts as JSON.")]
