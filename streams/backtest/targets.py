"""What a backtest predicts: whom to score at the end of a day, and what became of them.

A target is told every event as it comes. `population` is asked while the events come, at the end
of each cut-off day; `truth` when all have come.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from detectors.durations import DAY
from detectors.policy import Policy
from detectors.targets import Target as Predicted
from schemas.codec import Decoded
from schemas.interaction import Interaction
from streams.backtest.ledger import Days, Flags, Ledger
from streams.backtest.population import Population
from streams.backtest.pyramid import Pyramid
from streams.backtest.spending import Spending


class Target(ABC):
    """What is predicted. One more is one more class, and its line in `target_called`."""

    def __init__(self, policy: Policy, predicted: Predicted) -> None:
        self.policy = policy
        self.predicted = predicted
        """The same as the detectors know it."""
        self.ledger = Ledger(policy)
        """The days of activity of everybody, which some baselines need."""
        self.pyramid = Pyramid()
        """Told of every portfolio that the live system publishes."""

    @property
    def name(self) -> str:
        """Its definition in one word, as it stands in models and examples."""
        return self.predicted.definition

    @property
    def horizon_days(self) -> int:
        """Days after the moment of the score within which it happens or not."""
        return self.predicted.horizon_days

    def note(self, event: Decoded) -> None:
        """One more event, in order of time."""
        self.ledger.note(event)

    @abstractmethod
    def population(self, day: int) -> list[str]:
        """The customers to score at the end of `day`; all its events have been told."""

    @abstractmethod
    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Whether it happened in the horizon after the end of each day (arrays of one length)."""


class _OfActive(Target):
    """A target that is predicted of active customers."""

    def __init__(self, policy: Policy, predicted: Predicted) -> None:
        super().__init__(policy, predicted)
        self._active = Population(policy)

    def note(self, event: Decoded) -> None:
        super().note(event)
        self._active.note(event)

    def population(self, day: int) -> list[str]:
        return self._active.at(day)


class ChurnTarget(_OfActive):
    """Churn: silence, or cancellation, within the horizon (DOMAIN, definitions)."""

    def __init__(self, policy: Policy, predicted: Predicted | None = None) -> None:
        """`predicted` is by default the churn target that raises alerts."""
        super().__init__(policy, predicted or policy.target)

    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Silence: no activity in (day, day + H]; cancellation: a cancellation there."""
        places, until = self.ledger.places(customers), days + self.horizon_days
        if self.name == "cancellation":
            return self.ledger.cancelled.any_between(places, days, until)
        return np.logical_not(self.ledger.active.any_between(places, days, until))


class LevelTarget(_OfActive):
    """Whether a customer stands higher in the pyramid at the end of the horizon."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy, policy.upgrade_target)
        self._spending = Spending(policy, self.ledger)
        self._window = policy.value.window // DAY

    def note(self, event: Decoded) -> None:
        super().note(event)
        self._spending.note(event)

    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Whether the level at the end of day + H is above that at the end of the day.

        Each by the boundaries that the live system had published by then.
        """
        places = self.ledger.places(customers)
        then, later = (self._levels(places, on) for on in (days, days + self.horizon_days))
        return later > then

    def _levels(self, places: Days, days: Days) -> Days:
        revenue = self._spending.between(places, days - self._window, days)
        return self.pyramid.levels(revenue, days)


class SpendTarget(_OfActive):
    """Whether a customer spends a multiple of its own baseline within the horizon."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy, policy.upgrade_target)
        self._spending = Spending(policy, self.ledger)

    def note(self, event: Decoded) -> None:
        super().note(event)
        self._spending.note(event)

    def truth(self, customers: Sequence[str], days: Days) -> Flags:
        """Net spend in (day, day + H], above 0, is `upgrade.ratio` times that in (day - H, day]."""
        places, horizon = self.ledger.places(customers), self.horizon_days
        spent = self._spending.between(places, days, days + horizon)
        before = self._spending.between(places, days - horizon, days)
        return (spent > 0) & (spent >= self.policy.upgrade.ratio * before)


class AcceptanceTarget(Target):
    """Whether an offer is accepted within the horizon; the day of the offer counts too."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy, policy.upgrade_target)
        self._offered: dict[int, dict[str, None]] = {}

    def note(self, event: Decoded) -> None:
        super().note(event)
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


_UPGRADES: dict[str, Callable[[Policy], Target]] = {
    "acceptance": AcceptanceTarget,
    "level": LevelTarget,
    "spend": SpendTarget,
}


def target_called(name: str, policy: Policy) -> Target | None:
    """The target that is called ``churn`` (the first), ``upgrade``, or like ``silence-30d``.

    None when the policy has no such target.
    """
    asked = {"churn": policy.target.name, "upgrade": policy.upgrade_target.name}.get(name, name)
    predicted = next((target for target in policy.targets if target.name == asked), None)
    if predicted is None:
        return None
    if predicted.is_churn:
        return ChurnTarget(policy, predicted)
    return _UPGRADES[predicted.definition](policy)
