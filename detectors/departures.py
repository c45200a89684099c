"""Employees who left (D15), as far as the signals tell, in the order in which they are told."""

from collections.abc import Mapping

from detectors.messages.envelope import moment
from detectors.policy import Staff
from schemas.signal import Signal
from schemas.situation import Departure


class Departures:
    """Who left when, and who is back; forgotten after `staff.expire_after`."""

    def __init__(self, policy: Staff) -> None:
        self._policy = policy
        self._left: dict[str, float] = {}
        self._back: dict[str, float] = {}
        self._events: dict[str, str] = {}

    def take(self, signal: Signal) -> None:
        """Note that an employee left, or is back.

        Of one departure told several times the earliest holds; a departure after the return is
        another one. A return of one of whom no departure was told says nothing.
        """
        employee, at = signal.employee_id, signal.occurred_at.timestamp()
        if employee is None:
            return
        left, back = self._left.get(employee), self._back.get(employee, 0.0)
        if signal.kind == "employee_back":
            if left is not None:
                self._back[employee] = max(back, at)
        elif at > back and (left is None or left <= back or at < left):
            self._left[employee], self._events[employee] = at, signal.event_id or ""
        self._forget()

    def told(self) -> list[Departure]:
        """The departures, in order of the employees' ids."""
        return [
            Departure(
                employee_id=employee,
                left_at=moment(at),
                back_at=moment(self._back[employee]) if employee in self._back else None,
                event_id=self._events.get(employee) or None,
            )
            for employee, at in sorted(self._left.items())
        ]

    def to_json(self) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
        """Employee → when he or she left, when came back (epoch s), which event told of leaving."""
        left, back, events = self._left, self._back, self._events
        return dict(sorted(left.items())), dict(sorted(back.items())), dict(sorted(events.items()))

    def restore(
        self, left: Mapping[str, float], back: Mapping[str, float], events: Mapping[str, str]
    ) -> None:
        """Go on from what `to_json` gave."""
        self._left, self._back, self._events = dict(left), dict(back), dict(events)

    def _forget(self) -> None:
        """Drop what is too old against the newest, and of too many those changed longest ago."""
        changed = {name: max(at, self._back.get(name, 0.0)) for name, at in self._left.items()}
        if not changed:
            return
        latest = sorted(changed, key=lambda name: (-changed[name], name))
        oldest = changed[latest[0]] - self._policy.expire_after
        for place, name in enumerate(latest):
            if place >= self._policy.remembered or changed[name] < oldest:
                del self._left[name]
                self._back.pop(name, None)
                self._events.pop(name, None)
