"""The customers of each account manager of a partition, with what is at stake with each."""

from collections.abc import Mapping
from sys import intern

from detectors.customer.dues import Dues
from detectors.staff.ownership import manager_of

_NOBODY: Mapping[str, float] = {}


class ManagerIndex:
    """Manager → customers → value at stake. In memory only: rebuilt from the states."""

    def __init__(self) -> None:
        self._customers: dict[str, dict[str, float]] = {}

    def put(self, state: Dues) -> None:
        """Note the customer under its manager of now, with its value; without one it is not held.

        Who has another manager than before must be taken out with `drop` first.
        """
        staff = state.staff
        if staff is not None and staff.managers:
            manager = intern(manager_of(staff))
            self._customers.setdefault(manager, {})[state.customer_id] = staff.value

    def drop(self, manager: str, customer_id: str) -> None:
        """Take a customer out; unknown ones are passed over."""
        customers = self._customers.get(manager)
        if customers is not None:
            customers.pop(customer_id, None)
            if not customers:
                del self._customers[manager]

    def customers(self, manager: str) -> Mapping[str, float]:
        """The manager's customers with their values; do not change it."""
        return self._customers.get(manager, _NOBODY)
