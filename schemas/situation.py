"""Topic `situation` (internal, compacted, 1 key): what every worker must know of the whole now."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.causes import Cause
from schemas.fields import Id, Label, Time


class OpenIncident(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A surge that lasts. It explains complaints that agree with all values present here."""

    incident_id: Annotated[Id, Meta(description="The incident.")]
    started_at: Annotated[Time, Meta(description="Complaints from then on belong to it.")]
    product_id: Annotated[Id | None, Meta(description="The product it is about.")] = None
    category: Annotated[Label | None, Meta(description="The category it is about.")] = None
    cause: Annotated[Cause | None, Meta(description="The cause it is about.")] = None
    channel: Annotated[Label | None, Meta(description="The channel it is about.")] = None
    region: Annotated[Label | None, Meta(description="The region it is about.")] = None


class Departure(Struct, kw_only=True, omit_defaults=True, gc=False):
    """An employee who left."""

    employee_id: Annotated[Id, Meta(description="The employee.")]
    left_at: Annotated[Time, Meta(description="When (event time).")]
    back_at: Annotated[
        Time | None,
        Meta(description="When he or she came back; back if not before left_at."),
    ] = None
    event_id: Annotated[Id | None, Meta(description="The event that told of the departure.")] = None


class Situation(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Incidents that are open and employees who left, as of one moment."""

    as_of: Annotated[
        Time, Meta(description="Used only for decisions at or after this moment (event time).")
    ]
    version: Annotated[str, Meta(description="Name of this state of affairs.")]
    incidents: Annotated[list[OpenIncident], Meta(description="In order of their ids.")] = []
    departures: Annotated[
        list[Departure], Meta(description="Of the latest time, in order of the employees' ids.")
    ] = []
