"""Topic `signal-state` (internal, compacted, 1 key): what the signal stage goes on with."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from schemas.fields import Time


class SignalState(Struct, kw_only=True, omit_defaults=True, gc=False):
    """All that the stage remembers, as JSON: its next owner continues as if it were the same."""

    as_of: Annotated[Time, Meta(description="Event time of the newest signal in it.")]
    sources: Annotated[
        dict[str, int],
        Meta(description="Source topic/partition → last offset in it: older ones are repeats."),
    ] = {}
    departures: Annotated[
        dict[str, float], Meta(description="Employee → when he or she left (epoch seconds).")
    ] = {}
    returns: Annotated[
        dict[str, float], Meta(description="Employee → when he or she came back (epoch seconds).")
    ] = {}
    departure_events: Annotated[
        dict[str, str], Meta(description="Employee → the event that told of the departure.")
    ] = {}
    surge: Annotated[dict[str, Any], Meta(description="Counts, expectations and incidents.")] = {}
    causes: Annotated[dict[str, Any], Meta(description="The learner of causes.")] = {}
