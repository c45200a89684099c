"""What happened, day by day, written down from the events themselves.

It knows nothing of the detectors' states and labels: the truth that a backtest judges by must not
come from what is judged.
"""

from array import array
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.customer.apply import is_accepted
from detectors.durations import DAY
from detectors.policy import Policy
from schemas.codec import Decoded
from schemas.complaint import Complaint
from schemas.feedback import Feedback
from schemas.interaction import Interaction
from schemas.profile import Profile

Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

Payload = Interaction | Complaint | Profile | Feedback

SPAN = 1 << 24
"""More than any day number: a customer's place and a day make one number that sorts."""


class Ledger:
    """The days on which customers were active, cancelled, or accepted an offer."""

    def __init__(self, policy: Policy) -> None:
        self._kinds = frozenset(policy.churn.activity_kinds)
        self._places: dict[str, int] = {}
        self._active = array("q")
        self._cancelled = array("q")
        self._accepted = array("q")

    def note(self, event: Decoded) -> None:
        """Write down one event."""
        payload = event.payload
        is_activity = isinstance(payload, Interaction) and payload.kind in self._kinds
        is_cancel = isinstance(payload, Interaction) and payload.kind == "cancel"
        is_yes = _says_yes(payload)
        if not (is_activity or is_cancel or is_yes):
            return
        key = self.place(payload.customer_id) * SPAN + int(event.occurred_at // DAY)
        if is_yes:
            self._accepted.append(key)
        if is_activity and not (self._active and self._active[-1] == key):
            self._active.append(key)
        if is_cancel:
            self._cancelled.append(key)

    def place(self, customer: str) -> int:
        """The customer's place, made if it has none."""
        return self._places.setdefault(customer, len(self._places))

    @property
    def customers(self) -> list[str]:
        """All customers with any of these days, by place."""
        return list(self._places)

    def places(self, customers: Sequence[str]) -> Days:
        """The place of each customer, -1 for one never heard of."""
        find = self._places.get
        return np.array([find(customer, -1) for customer in customers], dtype=np.int64)

    @cached_property
    def active(self) -> "DayList":
        """Days with activity; ask only when all has been written down."""
        return DayList(np.unique(np.frombuffer(self._active, dtype=np.int64)))

    @cached_property
    def accepted(self) -> "DayList":
        """Days on which an offer was accepted; ask only when all has been written down."""
        return DayList(np.unique(np.frombuffer(self._accepted, dtype=np.int64)))

    @cached_property
    def cancelled(self) -> "DayList":
        """Days with a cancellation; ask only when all has been written down."""
        return DayList(np.unique(np.frombuffer(self._cancelled, dtype=np.int64)))


def _says_yes(payload: Payload) -> bool:
    if isinstance(payload, Feedback):
        return payload.kind == "offer" and payload.offer_outcome == "accepted"
    return (
        isinstance(payload, Interaction)
        and payload.kind == "offer_response"
        and is_accepted(payload)
    )


class DayList:
    """Days by customer, to be asked for many customers and moments at once.

    All methods take arrays of one length: places of customers and days; place -1 has no day.
    """

    def __init__(self, keys: Days) -> None:
        self._keys = np.append(keys, np.iinfo(np.int64).max)

    def any_between(self, places: Days, after: Days, until: Days) -> Flags:
        """Whether there is a day in (`after`, `until`]."""
        found = self._keys[np.searchsorted(self._keys, places * SPAN + after + 1)]
        return np.asarray((places >= 0) & (found <= places * SPAN + until))

    def counts(self, places: Days, until: Days) -> tuple[Days, Days, Days]:
        """Number of days up to and including `until`, and the first and the last of them.

        First and last are -1 where there is none.
        """
        begin = np.searchsorted(self._keys, places * SPAN)
        end = np.searchsorted(self._keys, places * SPAN + until + 1)
        number = np.where(places >= 0, end - begin, 0)
        some = number > 0
        first = np.where(some, self._keys[begin] - places * SPAN, -1)
        last = np.where(some, self._keys[np.maximum(end - 1, 0)] - places * SPAN, -1)
        return number, first, last
