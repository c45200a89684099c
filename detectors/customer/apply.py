"""What each input event does to its customer's state.

Everything here commutes within the lateness: sums, minima, maxima and newest-wins by event time.
"""

from detectors.customer.duplicates import SIZE
from detectors.customer.effort import note_effort
from detectors.customer.history import day_of, settle
from detectors.customer.profiles import note_attributes
from detectors.customer.state import MONEY, CustomerState, Day, Measure, bounded
from detectors.durations import DAY
from detectors.policy import Policy
from schemas.interaction import Interaction
from schemas.limits import MAX_NUMBER

MAX_CHANNELS = 8
MAX_SEEN = 2_048
"""Event ids remembered of one day, against repeats; offsets tell redelivered records beside it."""
MAX_EVIDENCE = 3

ANSWERS = ("accepted", "response", "outcome", "result")
"""Attributes of an `offer_response` that may hold the answer; the first that is there counts."""
YES = frozenset({"true", "yes", "y", "1", "1.0", "accept", "accepted", "success"})

CONTACT_KINDS = frozenset({"contact", "visit", "call", "offer"})


class UnusableMoneyError(ValueError):
    """The event's money cannot be added to the customer's; `reason` says why in one word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def amount_of(event: Interaction) -> float:
    """The event's money in its own currency: `amount`, else quantity x unit price, else 0."""
    if event.amount is not None:
        return event.amount
    if event.unit_price is not None:
        return event.unit_price * (1.0 if event.quantity is None else event.quantity)
    return 0.0


def held_money(state: CustomerState, event: object, policy: Policy) -> int:
    """An interaction's money in held units of the policy's (or the customer's own) currency.

    0 for other events.
    Raises `UnusableMoneyError` when there is no rate, or it is too much. Changes nothing.
    """
    if not isinstance(event, Interaction):
        return 0
    return money_of(event, policy.value.currency or state.currency, policy)


def money_of(event: Interaction, home: str, policy: Policy) -> int:
    """The event's money in held units of the currency `home` (empty: of its own).

    Raises `UnusableMoneyError` when there is no rate, or it is too much.
    """
    return _held(amount_of(event), "amount", event, home, policy)


def held_cost(state: CustomerState, event: object, policy: Policy) -> int | None:
    """What an interaction cost the company, as `held_money`; None where it is not stated.

    Raises `UnusableMoneyError` as that does. Changes nothing.
    """
    if not isinstance(event, Interaction) or event.cost is None:
        return None
    return _held(event.cost, "cost", event, policy.value.currency or state.currency, policy)


def _held(amount: float, name: str, event: Interaction, home: str, policy: Policy) -> int:
    if event.currency and amount and home and event.currency != home:
        rate = policy.value.rates.get(event.currency)
        if rate is None:
            raise UnusableMoneyError(
                "unknown_currency",
                f"no rate from {event.currency} to {home}; add it to value.rates in the policy",
            )
        amount *= rate
    if abs(amount) > MAX_NUMBER:
        raise UnusableMoneyError("out_of_range", f"the {name} is beyond ±{MAX_NUMBER:g}")
    return round(amount * MONEY)


def touch(state: CustomerState, at: float, mark: bytes, policy: Policy) -> Day:
    """Move the customer's clock, settle old days, and note the event id on its day."""
    number = int(at // DAY)
    if at > state.last_at:
        if number > state.last_at // DAY:
            forget(state, number, policy)
        state.last_at = at
    if not state.first_at or at < state.first_at:
        state.first_at = at
    day = day_of(state, number)
    # A storm of events must not fill the state: the newest ids of a day are enough.
    day.seen = day.seen[-(MAX_SEEN - 1) * SIZE :] + mark
    return day


def forget(state: CustomerState, today: int, policy: Policy) -> None:
    """Settle what is older than any rule looks back, and drop event ids out of their window."""
    settle(state, today - policy.retained_days)
    newest_forgotten = today - policy.time.duplicate_window // DAY
    for day in state.days:
        if day.number >= newest_forgotten:
            break
        day.seen = b""


def apply_interaction(
    state: CustomerState,
    day: Day,
    event: Interaction,
    event_id: str,
    at: float,
    money: int,
    policy: Policy,
    cost: int | None = None,
) -> None:
    """Count the interaction on its day; `cost` is what it cost the company, held, if stated."""
    kind = event.kind
    if cost is not None or kind in policy.effort_kinds:
        note_effort(day, kind, money, cost, policy)
    day.events += 1
    if kind == "purchase":
        day.purchases += 1
        day.spend = bounded(day.spend + money)
        if event.quantity:
            day.units = bounded(day.units + round(event.quantity * MONEY))
        if event.discount:
            day.discounted += 1
        if event.category:
            first = (at, event.category[:64])
            state.category = min(state.category, first) if state.category else first
    elif kind == "return":
        day.returned = bounded(day.returned + abs(money))
    elif kind == "cancel_request":
        day.cancel_requests += 1
    elif kind == "cancel":
        day.cancels += 1
    elif kind in CONTACT_KINDS:
        day.contacts += 1
    elif kind == "offer_response" and is_accepted(event):
        day.accepted += 1
    if event.currency and not state.currency:
        state.currency = policy.value.currency or event.currency
    if kind in policy.churn.activity_kinds:
        day.activity += 1
        remember(state, at, event_id)
    if event.channel:
        note_channel(state, event.channel, day.number)
    if event.attributes:
        if policy.features.event_attributes:
            measure(day, event, at, policy.features.event_attributes)
        if policy.features.profile_attributes:
            note_attributes(state, event, at, policy)


def is_accepted(event: Interaction) -> bool:
    """Whether an `offer_response` is a yes.

    The attribute ``accepted`` (or ``response``, ``outcome``, ``result``) says so; a response
    without any of them is one.

    >>> from datetime import UTC, datetime
    >>> what = {"customer_id": "c", "kind": "offer_response"}
    >>> what["occurred_at"] = datetime(2009, 4, 1, tzinfo=UTC)
    >>> is_accepted(Interaction(**what, attributes={"accepted": "yes"}))
    True
    >>> is_accepted(Interaction(**what, attributes={"accepted": "no"}))
    False
    """
    for name in ANSWERS:
        answer = event.attributes.get(name)
        if answer is not None:
            return str(answer).strip().lower() in YES
    return True


def remember(state: CustomerState, at: float, event_id: str) -> None:
    """Keep the event as evidence if it is among the newest."""
    evidence = state.evidence
    entry = (at, event_id)
    if len(evidence) < MAX_EVIDENCE:
        evidence.append(entry)
        evidence.sort()
    elif entry > evidence[0]:
        evidence[0] = entry
        evidence.sort()


def note_channel(state: CustomerState, channel: str, day: int) -> None:
    """Keep the first day of each channel; beyond eight the latest to appear gives way."""
    channels, channel = state.channels, channel[:64]
    known = channels.get(channel)
    if known is not None and known <= day:
        return
    channels[channel] = day
    if len(channels) > MAX_CHANNELS:
        del channels[max(channels, key=lambda name: (channels[name], name))]


def measure(day: Day, event: Interaction, at: float, names: tuple[str, ...]) -> None:
    """Add the event's numeric attributes to the day's measures."""
    for name in names:
        value = event.attributes.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        add_measure(day, name, round(max(-1e12, min(1e12, value)) * MONEY), at)


def add_measure(day: Day, name: str, held: int, at: float) -> None:
    """Add a value, in ten-thousandths, to a measure of the day."""
    if day.measures is None:
        day.measures = {}
    found = day.measures.setdefault(name, Measure())
    found.count += 1
    found.total = bounded(found.total + held)
    if (at, held) >= (found.last_at, found.last):
        found.last_at = at
        found.last = held
