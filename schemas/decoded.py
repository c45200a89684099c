"""What the codec makes of a good record."""

from msgspec import Struct

from schemas.complaint import Complaint
from schemas.feedback import Feedback
from schemas.interaction import Interaction
from schemas.profile import Profile

Input = Interaction | Complaint | Profile | Feedback


class Decoded(Struct, frozen=True, gc=False):
    """A record that can be used.

    payload: the event; its event_id is filled. event_id: its identity. occurred_at: event time,
    epoch seconds. unknown_fields: top-level fields of the data that the schema does not know.
    """

    payload: Input
    event_id: str
    occurred_at: float
    unknown_fields: int = 0
