"""The watch over who looks after the customers of one partition (D15)."""

from collections.abc import Callable

from detectors.alerts.lifecycle import open_alert
from detectors.alerts.staff import KIND, runs_out_at
from detectors.customer.state import CustomerState
from detectors.decisions import Decisions
from detectors.effects import Output
from detectors.policy import Policy
from detectors.staff.ownership import (
    forget_departure,
    manager_of,
    note_contact,
    note_departure,
    note_manager,
    stated_at,
)
from detectors.staff.turns import Turn, Turns
from schemas.interaction import Interaction
from schemas.profile import Profile


class StaffWatch:
    """Notes managers, contacts and departures in the states, and has decided what follows.

    It is a clock, too (`clocks.Clock`): an alert runs out.
    """

    def __init__(self, partition: int, policy: Policy, decisions: Decisions) -> None:
        self.turns = Turns(partition, policy.staff)
        self._policy = policy.staff
        self._decisions = decisions

    def keep(self, state: CustomerState) -> None:
        """Hold the customer under its manager, as of now."""
        if state.staff is not None:
            self.turns.index.put(state)

    def profile(
        self,
        state: CustomerState,
        event: Profile,
        event_id: str,
        at: float,
        cause: str,
        output: Output,
    ) -> None:
        """A manager was stated as of `at` (epoch s): the first, another, or one who is back."""
        if event.account_manager is None:
            return
        before = manager_of(state.staff) if state.staff else ""
        note_manager(state, event.account_manager, at, event_id)
        staff = state.staff
        if staff is None or (now := manager_of(staff)) == "":
            return
        if before != now:
            self.turns.index.drop(before, state.customer_id)
        self._hear(state, state.last_at)
        self._decisions.look_after(state, state.last_at, cause, output)

    def contact(
        self, state: CustomerState, event: Interaction, at: float, cause: str, output: Output
    ) -> None:
        """An employee was in contact with the customer at `at` (epoch s), if the event says so."""
        if event.employee_id is not None and event.kind in self._policy.contact_kinds:
            note_contact(state, event.employee_id, at)
            self._decisions.look_after(state, state.last_at, cause, output)

    def take(self, turn: Turn, read: Callable[[str], CustomerState], output: Output) -> None:
        """The customers of a turn hear that their manager left, or is back."""
        for customer_id in turn.customers:
            state = read(customer_id)
            self._hear(state, turn.at)
            self._decisions.look_after(state, turn.at, f"staff/{turn.at!r}", output)

    def next_at(self, state: CustomerState) -> float:
        """When the customer's open staff alert runs out (epoch s); 0 without one."""
        alert = open_alert(state, KIND) if state.alerts else None
        return 0.0 if alert is None else runs_out_at(alert, self._policy)

    def fire(self, state: CustomerState, at: float, output: Output) -> None:
        """The alert has run out."""
        self._decisions.look_after(state, at, f"staff/{at!r}", output)

    def _hear(self, state: CustomerState, at: float) -> None:
        """Bring the state to what is known of its manager of now; `at`: since when it is known."""
        staff = state.staff
        if staff is None:
            return
        manager = manager_of(staff)
        gone = self.turns.departure_of(manager)
        if gone is not None and stated_at(staff) <= gone.left_at:
            if (staff.left, staff.left_at) != (manager, gone.left_at):
                note_departure(staff, gone.left_at, at, gone.event_id)
        elif staff.left == manager:
            forget_departure(staff)
