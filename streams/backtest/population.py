"""The usual population of a cut-off: who is an active customer at the end of a day."""

from detectors.durations import DAY
from detectors.policy import Policy
from schemas.codec import Decoded
from schemas.interaction import Interaction


class Population:
    """The last activity and the last cancellation of everybody so far."""

    def __init__(self, policy: Policy) -> None:
        self._window = policy.active_days
        self._kinds = frozenset(policy.churn.activity_kinds)
        self._last_active: dict[str, int] = {}
        self._last_cancelled: dict[str, int] = {}

    def note(self, event: Decoded) -> None:
        """One more event, in order of time."""
        payload = event.payload
        if isinstance(payload, Interaction):
            day = int(event.occurred_at // DAY)
            if payload.kind in self._kinds:
                self._last_active[payload.customer_id] = day
            if payload.kind == "cancel":
                self._last_cancelled[payload.customer_id] = day

    def at(self, day: int) -> list[str]:
        """Active within the policy's window that ends with `day`, and not cancelled since.

        All events of the day have been told, and none of a later one.
        """
        oldest = day - self._window
        cancelled = self._last_cancelled
        return [
            customer
            for customer, last in self._last_active.items()
            if last > oldest and cancelled.get(customer, -1) < last
        ]
