"""What is kept of one customer: a settled summary, and the recent days one by one.

Everything that a late event may still change stands in the day it belongs to, and all sums are
whole numbers; so the state, and every feature made of it, is the same in whatever order events
arrive within the lateness, and a question about the evening of a past day can be answered without
looking at what came after it.

Days are numbered from 1970-01-01 in UTC. Money is held in ten-thousandths of the currency unit.
The bytes are msgpack arrays that begin with a version, so that a later layout can read them.
"""

from typing import NamedTuple

import msgspec

from detectors.customer.upgrade import to_version_4

VERSION = 4

MONEY = 10_000
"""Units of held money in one unit of the currency."""

CEILING = 2**62
"""Sums stay within ±CEILING: msgpack holds 64 bits."""


def bounded(total: int) -> int:
    """A sum within ±CEILING."""
    if -CEILING <= total <= CEILING:
        return total
    return CEILING if total > 0 else -CEILING


class Measure(msgspec.Struct, array_like=True, gc=False):
    """A numeric event attribute: how often, its sum (in ten-thousandths) and its last value."""

    count: int = 0
    total: int = 0
    last_at: float = 0.0
    last: int = 0


class Effort(msgspec.Struct, array_like=True, gc=False):
    """What the company spent on the customer, and did for it (D3); never changed in place.

    Money is held money.
    """

    product: int = 0
    """Stated cost of what was bought, less that of what came back."""
    costed: int = 0
    """Purchases less returns to which `product` belongs."""
    served: int = 0
    """Contacts of `costs.service_kinds` whose cost is not stated."""
    service: int = 0
    """Stated cost of everything but purchases, returns and offers."""
    offers: int = 0
    """Offers whose cost is not stated."""
    offered: int = 0
    """Stated cost of offers."""
    complaints: int = 0
    """Complaints opened or reopened."""
    compensation: int = 0
    """Paid for complaints."""
    reached: int = 0
    """Contacts of `key_accounts.contact_kinds`."""


class Day(msgspec.Struct, array_like=True, gc=False):
    """One day of one customer."""

    number: int
    events: int = 0
    activity: int = 0
    """Events of the policy's `activity_kinds`."""
    spend: int = 0
    returned: int = 0
    discounted: int = 0
    """Purchases with a discount."""
    contacts: int = 0
    cancel_requests: int = 0
    cancels: int = 0
    purchases: int = 0
    measures: dict[str, Measure] | None = None
    seen: bytes = b""
    """Hashes of the day's newest event ids, 8 bytes each, while the duplicate window lasts."""
    accepted: int = 0
    """Offers that the customer accepted."""
    units: int = 0
    """Pieces bought, in ten-thousandths."""
    effort: Effort | None = None


class Settled(msgspec.Struct, array_like=True, gc=False):
    """The summary of all days that no event can change any more (see `history.History`)."""

    occasions: int = 0
    first_day: int = 0
    last_day: int = 0
    gap_ewma: float = 0.0
    longest_gap: int = 0
    spend: int = 0
    spend_ewma: float = 0.0
    last_spend: int = 0
    returned: int = 0
    discounted: int = 0
    purchases: int = 0
    contacts: int = 0
    events: int = 0
    cancelled_day: int = 0
    measures: dict[str, Measure] | None = None
    decayed: float = 0.0
    """Occasions as of `last_day`, each halved for every `history.HALF_LIFE` days it is old."""
    return_days: int = 0
    """Days with a return."""
    ages: int = 0
    """Sum over the occasions of the days since the first."""
    gaps: bytes = b""
    """How many gaps between occasions were about how long (see `gaps`)."""
    weekends: int = 0
    """Occasions on a Saturday or Sunday (UTC)."""
    units: int = 0
    """Pieces bought, in ten-thousandths."""
    last_units: int = 0
    """The same on the last day of activity."""
    effort: Effort | None = None
    reached_day: int = 0
    """The last day with a contact of `key_accounts.contact_kinds`."""


class Stated(msgspec.Struct, array_like=True, order=True, gc=False):
    """What a step of a complaint said beside its stage."""

    at: float
    severity: int = 0
    region: str = ""
    compensation: int = 0
    """In held money."""


class ComplaintCase(msgspec.Struct, array_like=True, gc=False):
    """A complaint; `opened_at` is 0 while only a later stage of it has arrived (epoch s)."""

    complaint_id: str
    opened_at: float = 0.0
    turns: list[tuple[float, bool | int]] = msgspec.field(default_factory=list)
    """The newest endings (> 0), and reopenings or escalations (≤ 0), by time: see `life.Turn`.
    Version 3 knew True and False only."""
    severity: int = 0
    """The gravest stated so far; 0 for none."""
    cause: str = ""
    """The newest stated cause."""
    cause_at: float = 0.0
    responded_at: float = 0.0
    """The earliest response."""
    stated: list[Stated] = msgspec.field(default_factory=list)
    """What the steps said, by time."""
    level: str = ""
    """The customer's pyramid level when the complaint was first heard of."""
    value: float = 0.0
    """Value at stake as of the latest step, currency units a year: see `value.worth`."""
    words: bytes = b""
    """Hashed words of the earliest text, while no cause is stated: see `causes.tokens`."""
    words_at: float = 0.0
    alert_id: str = ""
    """The open alert; empty while none is."""
    told: int = 0
    """What has been told of the running clocks: see `clocks.Moment`."""
    next_at: float = 0.0
    """When a clock has something to tell next; 0 for never."""
    told_after: float = 0.0
    """The ending after which those clocks run; 0 for the first."""
    about: list[str] = msgspec.field(default_factory=list)
    """Product, category and channel as stated, each empty if never; [] if none was."""
    folded: str = ""
    """The incident into which it was folded last."""


class StatedValue(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """What a profile says of a customer's value, in currency units; None where it says nothing."""

    wallet: float | None = None
    """Spend a year in our category, with all suppliers."""
    acquisition: float | None = None
    """What it cost to win the customer."""
    referral: float | None = None
    """What those are worth whom the customer brought."""


class ProfileVersion(msgspec.Struct, array_like=True, gc=False):
    """What was stated at a moment; only what the policy or an alert uses."""

    since: float
    attributes: dict[str, str]
    contract_end: float = 0.0
    segment: str = ""
    value: StatedValue | None = None


class Statement(NamedTuple):
    """An account manager was stated at a moment (epoch s), by a profile with this event id."""

    at: float
    manager: str
    event_id: str = ""


class Staff(msgspec.Struct, array_like=True, gc=False):
    """Who looks after the customer (D15): see `staff.ownership`. Times are epoch s."""

    managers: list[Statement] = msgspec.field(default_factory=list)
    """Who was stated as account manager, and when: the newest statements, by time."""
    contacts: list[tuple[float, str]] = msgspec.field(default_factory=list)
    """When an employee was in contact with the customer, and who: the newest, by time."""
    left: str = ""
    """The manager of whom a signal told that he or she left, and when."""
    left_at: float = 0.0
    noted_at: float = 0.0
    """When the customer's turn came to hear of it: nothing before may know."""
    settled_since: float = 0.0
    """Begin of the latest gap that a contact has closed, and the moment of that contact."""
    settled_at: float = 0.0
    value: float = 0.0
    """Margin of a year at stake as of the latest score, currency units: the order of turns."""
    left_by: str = ""
    """The id of the event that told that `left` left."""


class Alert(msgspec.Struct, array_like=True, gc=False):
    """An alert that is open, or closed and cooling down (`closed_at` > 0)."""

    alert_id: str
    opened_at: float
    updated_at: float
    band: str
    probability: float
    updates: int = 0
    closed_at: float = 0.0
    snoozed_until: float = 0.0
    folded: str = ""
    """The incident into which it was folded as it closed."""


class LastScore(msgspec.Struct, array_like=True, gc=False):
    """The last published score, to say what changed since."""

    at: float
    probability: float
    features: bytes


class Waiting(msgspec.Struct, array_like=True, gc=False):
    """Predictions that wait for their labels, all made for the same targets."""

    targets: str
    """Their names with spaces between, the one whose probability is kept first; empty: the policy's
    first target, as version 1 knew no other."""
    rows: bytes = b""
    """The predictions, in order of days: see `pending`."""
    labelled: dict[str, int] = msgspec.field(default_factory=dict)
    """Target → the last day whose prediction is labelled, while a longer horizon keeps it."""


class CustomerState(msgspec.Struct, array_like=True, gc=False):
    """All that is known of one customer."""

    version: int
    customer_id: str
    offsets: list[int]
    """Last applied source offset for each input topic, -1 for none (law 3)."""
    first_at: float = 0.0
    last_at: float = 0.0
    """The customer's own clock: the time of its newest event."""
    settled: Settled = msgspec.field(default_factory=Settled)
    days: list[Day] = msgspec.field(default_factory=list)
    channels: dict[str, int] = msgspec.field(default_factory=dict)
    """Channel → first day."""
    evidence: list[tuple[float, str]] = msgspec.field(default_factory=list)
    """The newest activity events: time and id."""
    currency: str = ""
    profiles: list[ProfileVersion] = msgspec.field(default_factory=list)
    complaints: list[ComplaintCase] = msgspec.field(default_factory=list)
    past_complaints: int = 0
    waiting: list[Waiting] = msgspec.field(default_factory=list)
    """Predictions that wait for their labels, a run for each set of targets."""
    alerts: dict[str, Alert] = msgspec.field(default_factory=dict)
    last_score: LastScore | None = None
    review_day: int = 0
    """The day at whose end the next regular review is; 0 when none is planned."""
    level: str = ""
    category: tuple[float, str] | None = None
    """The category that was bought first, and when (epoch s)."""
    grade: str = ""
    """Place in the ABC by profit (D5): A, B, C or C-."""
    key_since: int = 0
    """The day from which on the customer is a key account (D22); 0 if it is none."""
    staff: Staff | None = None
    """None of whom neither a manager nor a contact with an employee is known."""


INPUTS = ("interactions", "complaints", "profiles", "feedback")
"""The input topics, in the order of `CustomerState.offsets`."""


class _Head(msgspec.Struct, array_like=True, gc=False):
    """The fields that begin every version."""

    version: int
    customer_id: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(CustomerState)


class StateVersionError(ValueError):
    """The stored state was written by a newer version of the product."""


def new_state(customer_id: str) -> CustomerState:
    """The state of a customer of whom nothing is known yet."""
    return CustomerState(VERSION, customer_id, [-1] * len(INPUTS))


def encode_state(state: CustomerState) -> bytes:
    """The state as stored and as written to the changelog."""
    return _encoder.encode(state)


def decode_state(data: bytes) -> CustomerState:
    """The state in stored bytes of this or an older version.

    Raises `StateVersionError` for a newer version and ``msgspec.DecodeError`` for damage.
    """
    try:
        state = _decoder.decode(data)
    except msgspec.ValidationError:
        # Another layout need not fit; its first two fields are the same for ever.
        if _checked(msgspec.msgpack.decode(data, type=_Head)).version == VERSION:
            raise
        return _upgraded(data)
    return state if _checked(state).version == VERSION else _upgraded(data)


def _upgraded(data: bytes) -> CustomerState:
    return msgspec.convert(to_version_4(msgspec.msgpack.decode(data)), CustomerState)


def _checked(state: CustomerState | _Head) -> CustomerState | _Head:
    if state.version > VERSION:
        raise StateVersionError(
            f"customer {state.customer_id!r}: stored state has version {state.version}, this "
            f"program reads up to {VERSION}; run the newer program"
        )
    return state
