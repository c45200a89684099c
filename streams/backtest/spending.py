"""What customers spent, day by day, written down from the events themselves.

Like the ledger it knows nothing of the detectors' states and labels.
"""

from array import array
from functools import cached_property

import numpy as np

from detectors.customer.apply import UnusableMoneyError, money_of
from detectors.customer.duplicates import event_hash
from detectors.durations import DAY
from detectors.policy import Policy
from schemas.codec import Decoded
from schemas.interaction import Interaction
from streams.backtest.ledger import SPAN, Days, Ledger


class Spending:
    """Purchases less returns in held money; an event id of a customer counts once.

    `ledger` gives the customers their places.
    """

    def __init__(self, policy: Policy, ledger: Ledger) -> None:
        self._policy = policy
        self._ledger = ledger
        self._currencies: dict[str, str] = {}
        self._keys = array("q")
        self._amounts = array("q")
        self._marks = array("q")

    def note(self, event: Decoded) -> None:
        """Write down one event. Money that cannot be converted is left out, as it is live."""
        payload = event.payload
        if not isinstance(payload, Interaction):
            return
        home = self._policy.value.currency or self._currencies.get(payload.customer_id, "")
        try:
            money = money_of(payload, home, self._policy)
        except UnusableMoneyError:
            return
        if payload.currency and not home:
            self._currencies[payload.customer_id] = payload.currency
        if payload.kind not in ("purchase", "return"):
            return
        place = self._ledger.place(payload.customer_id)
        self._keys.append(place * SPAN + int(event.occurred_at // DAY))
        self._amounts.append(money if payload.kind == "purchase" else -abs(money))
        self._marks.append(int.from_bytes(event_hash(event.event_id), "big", signed=True))

    def between(self, places: Days, after: Days, until: Days) -> Days:
        """The net spend in (`after`, `until`], in held money; arrays of one length."""
        keys, sums = self._sums
        begin = np.searchsorted(keys, places * SPAN + after, side="right")
        end = np.searchsorted(keys, places * SPAN + until, side="right")
        # Sums over everybody may wrap around; their differences do not.
        return np.where(places >= 0, sums[end] - sums[begin], 0)

    @cached_property
    def _sums(self) -> tuple[Days, Days]:
        """Customer and day of each event in order, and what was spent before each and in all."""
        keys = np.frombuffer(self._keys, dtype=np.int64)
        marks = np.frombuffer(self._marks, dtype=np.int64)
        _, once = np.unique(np.stack([keys // SPAN, marks]), axis=1, return_index=True)
        once.sort()
        once = once[np.argsort(keys[once], kind="stable")]
        amounts = np.frombuffer(self._amounts, dtype=np.int64)[once]
        return keys[once], np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(amounts)])
