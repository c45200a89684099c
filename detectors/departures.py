"""Employees who left (D15), as far as the signals tell."""

from collections.abc import Mapping

from detectors.messages.envelope import moment
from schemas.signal import Signal
from schemas.situation import Departure

MOST = 1_000
"""So many departures are remembered, the latest."""


class Departures:
    """Who left when; whoever is back is taken out."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}

    def take(self, signal: Signal) -> None:
        """Note that an employee left, or is back. The first time told of a departure holds."""
        employee = signal.employee_id
        if employee is None:
            return
        if signal.kind == "employee_back":
            self._left.pop(employee, None)
            return
        self._left.setdefault(employee, signal.occurred_at.timestamp())
        if len(self._left) > MOST:
            del self._left[min(self._left, key=lambda name: (self._left[name], name))]

    def open(self) -> list[Departure]:
        """The departures, in order of the employees' ids."""
        return [
            Departure(employee_id=employee, left_at=moment(at))
            for employee, at in sorted(self._left.items())
        ]

    def to_json(self) -> dict[str, float]:
        """Employee → time (epoch s)."""
        return dict(sorted(self._left.items()))

    def restore(self, data: Mapping[str, float]) -> None:
        """Go on from what `to_json` gave."""
        self._left = dict(data)
