"""What a backtest predicts: whom to score at the end of a day, and what became of them.

A target is told every event as it comes. `population` is asked while the events come, at the end
of each cut-off day; `truth` when all have come.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from detectors.durations import DAY
from detectors.policy import Policy
from detectors.targets import Target as Predicted
from schemas.codec import Decoded
from schemas.interaction import Interaction
from streams.backtest.ledger import Days, Flags, Ledger


class Target(Protocol):
    """What is predicted.

    Another target than churn is another class like this, and its line in the command.
    """

    @property
    def ledger(self) -> Ledger:
        """The days of activity of everybody, which some baselines need."""

    @property
    def name(self) -> str:
        """In one word, as it stands in models and examples."""

    @property
    def horizon_days(self) -> int:
        """Days after the moment of the score within which it happens or not."""

    @property
    def predicted(self) -> Predicted:
        """The same as the detectors know it."""

    def note(self, event: Decoded) -> None:
        """One more event, in order of time."""

    def population(self, day: int) -> list[str]:
        """The customers to score at the end of `day`; all its events have been told."""

    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Whether it happened in the horizon after the end of each day (arrays of one length)."""


class ChurnTarget:
    """Churn by the policy's definition (DOMAIN: silence, or cancellation, within the horizon)."""

    def __init__(self, policy: Policy) -> None:
        self._ledger = Ledger(policy)
        self._policy = policy
        self._kinds = frozenset(policy.churn.activity_kinds)
        self._last_active: dict[str, int] = {}
        self._last_cancelled: dict[str, int] = {}

    @property
    def ledger(self) -> Ledger:
        """What the truth is read from."""
        return self._ledger

    @property
    def name(self) -> str:
        """``silence`` or ``cancellation``."""
        return self._policy.churn.definition

    @property
    def horizon_days(self) -> int:
        """H, from the policy."""
        return self._policy.horizon_days

    @property
    def predicted(self) -> Predicted:
        """The churn target that raises alerts."""
        return self._policy.target

    def note(self, event: Decoded) -> None:
        """Write the event down."""
        self._ledger.note(event)
        payload = event.payload
        if isinstance(payload, Interaction):
            day = int(event.occurred_at // DAY)
            if payload.kind in self._kinds:
                self._last_active[payload.customer_id] = day
            if payload.kind == "cancel":
                self._last_cancelled[payload.customer_id] = day

    def population(self, day: int) -> list[str]:
        """Active within the policy's window that ends with `day`, and not cancelled since."""
        oldest = day - self._policy.active_days
        cancelled = self._last_cancelled
        return [
            customer
            for customer, last in self._last_active.items()
            if last > oldest and cancelled.get(customer, -1) < last
        ]

    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Silence: no activity in (day, day + H]; cancellation: a cancellation there."""
        places, until = self.ledger.places(customers), days + self.horizon_days
        if self.name == "cancellation":
            return self.ledger.cancelled.any_between(places, days, until)
        return np.logical_not(self.ledger.active.any_between(places, days, until))


class AcceptanceTarget:
    """Whether an offer is accepted within the horizon; the day of the offer counts too."""

    def __init__(self, policy: Policy) -> None:
        self._ledger = Ledger(policy)
        self._policy = policy
        self._offered: dict[int, dict[str, None]] = {}

    @property
    def ledger(self) -> Ledger:
        """What the truth is read from."""
        return self._ledger

    @property
    def name(self) -> str:
        """``acceptance``."""
        return self._policy.upgrade.definition

    @property
    def horizon_days(self) -> int:
        """H, from the policy."""
        return self._policy.upgrade_target.horizon_days

    @property
    def predicted(self) -> Predicted:
        """The upgrade target."""
        return self._policy.upgrade_target

    def note(self, event: Decoded) -> None:
        """Write the event down."""
        self._ledger.note(event)
        payload = event.payload
        if isinstance(payload, Interaction) and payload.kind == "offer":
            day = int(event.occurred_at // DAY)
            self._offered.setdefault(day, {})[payload.customer_id] = None

    def population(self, day: int) -> list[str]:
        """Those who were made an offer on `day`, each once."""
        return list(self._offered.get(day, ()))

    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Whether an offer was accepted in [day, day + H]."""
        places = self.ledger.places(customers)
        return self.ledger.accepted.any_between(places, days - 1, days + self.horizon_days)
