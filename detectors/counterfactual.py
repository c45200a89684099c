"""Counterfactuals: what would bring a probability down, found by doing it to a copy of the state.

Nothing is estimated: the event is applied as a real one would be, the features are made anew, and
the model that speaks now scores them. What would not help is not hinted at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

from msgspec.structs import replace

from detectors.alerts.themes import activity_noun, counted
from detectors.customer.apply import apply_interaction, held_money, touch
from detectors.customer.complaints import apply_complaint, open_cases
from detectors.customer.duplicates import event_hash
from detectors.customer.facts import Facts, facts_at
from detectors.customer.state import MONEY, CustomerState, decode_state, encode_state
from detectors.durations import DAY
from detectors.policy import Policy
from schemas.complaint import Complaint
from schemas.interaction import Interaction

LONGEST = 30
"""Days ahead that are tried: nobody plans a call for later."""
SLIGHT = 0.005
"""A complaint whose end changes the probability by less is not worth a hint."""
MARK = "hint"
"""The id of events that did not happen."""

Say = Callable[[Sequence[Facts]], Sequence[float]]
"""The probabilities of some facts, all by the model that speaks now."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What would lower the probability."""

    text: str
    action: str
    """``activity`` or ``resolve``."""
    within_days: int
    """The latest day, counted from the day of the score; on each day until then it holds too."""
    probability_after: float
    """The probability at the end of that latest day, had the action come on that day."""


def hints_of(state: CustomerState, day: int, policy: Policy, say: Say) -> list[Hint]:
    """What would bring the customer below `alerts.clear_at`, as of the end of `day`.

    Empty when it is below already, when nothing would, and when later events are known: what
    would have been is then no question any more. `state` stays as it is.
    """
    if state.last_at >= (day + 1) * DAY:
        return []
    (now,) = say([facts_at(state, day, policy)])
    if now < policy.alerts.clear_at:
        return []
    found = [_activity_hint(state, day, policy, say), _resolving_hint(state, day, policy, say)]
    return [hint for hint in found if hint is not None]


def usual_activity(state: CustomerState, day: int, policy: Policy, on: int) -> Interaction:
    """One more of the policy's first activity kind, at noon of the day number `on`.

    A purchase is of the customer's mean amount as of the end of `day`.
    """
    summary = facts_at(state, day, policy).summary
    kind = policy.churn.activity_kinds[0]
    is_money = kind == "purchase" and summary.purchases > 0
    return Interaction(
        customer_id=state.customer_id,
        kind=kind,
        occurred_at=_noon(on),
        amount=summary.spend / summary.purchases / MONEY if is_money else None,
    )


def with_activity(state: CustomerState, event: Interaction, policy: Policy) -> CustomerState:
    """A copy of the state to which the event has happened."""
    changed, at = _copy(state), event.occurred_at.timestamp()
    money = held_money(changed, event, policy)
    day = touch(changed, at, event_hash(MARK), policy)
    apply_interaction(changed, day, event, MARK, at, money, policy)
    return changed


def with_complaints_resolved(state: CustomerState, day: int, policy: Policy) -> CustomerState:
    """A copy of the state in which all complaints open at noon of `day` are resolved then."""
    changed, time = _copy(state), _noon(day)
    at = time.timestamp()
    touch(changed, at, event_hash(MARK), policy)
    for case in open_cases(changed, at):
        event = Complaint(
            complaint_id=case.complaint_id,
            customer_id=state.customer_id,
            stage="resolved",
            occurred_at=time,
        )
        apply_complaint(changed, event, at)
    return changed


def _activity_hint(state: CustomerState, day: int, policy: Policy, say: Say) -> Hint | None:
    """Until when one more activity, on whichever day, would bring it below the threshold."""
    threshold = policy.alerts.clear_at
    days = range(day + 1, day + 1 + min(LONGEST, policy.horizon_days))
    event = usual_activity(state, day, policy, days[0])
    after = say(
        [
            facts_at(
                with_activity(state, replace(event, occurred_at=_noon(on)), policy), on, policy
            )
            for on in days
        ]
    )
    low = list(takewhile(lambda probability: probability < threshold, after))
    if not low:
        return None
    what = f"a {activity_noun(policy)}"
    first, last = (_below(probability, threshold) for probability in (low[0], low[-1]))
    text = f"{what} the next day would bring this to {first}, below {threshold:.2f}"
    if len(low) > 1:
        text = (
            f"{what} within {len(low)} days would bring this below {threshold:.2f}: "
            f"to {first} the next day, to {last} on the last"
        )
    return Hint(text, "activity", len(low), low[-1])


def _resolving_hint(state: CustomerState, day: int, policy: Policy, say: Say) -> Hint | None:
    """What the end of all open complaints would do by the next day, against leaving them open."""
    tomorrow, threshold = day + 1, policy.alerts.clear_at
    cases = open_cases(state, tomorrow * DAY)
    if not cases:
        return None
    resolved = with_complaints_resolved(state, tomorrow, policy)
    left, after = say([facts_at(item, tomorrow, policy) for item in (state, resolved)])
    if after > left - SLIGHT:
        return None
    what = f"resolving {counted(len(cases), 'open complaint')} the next day"
    text = f"{what} would lower this to {after:.2f} instead of {left:.2f}"
    if after < threshold:
        text = f"{what} would bring this to {_below(after, threshold)}, below {threshold:.2f}"
    return Hint(text, "resolve", 1, after)


def _below(probability: float, threshold: float) -> str:
    """Two decimals, or as many as it takes to see that it lies below the threshold."""
    for decimals in (2, 3, 4):
        text = f"{probability:.{decimals}f}"
        if float(text) < threshold:
            return text
    return repr(probability)


def _noon(day: int) -> datetime:
    return datetime.fromtimestamp((day + 0.5) * DAY, UTC)


def _copy(state: CustomerState) -> CustomerState:
    return decode_state(encode_state(state))
