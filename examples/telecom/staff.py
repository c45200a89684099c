"""Account managers who leave, and how their customers fare (D15)."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.clock import moments
from examples.telecom.scene import DAY, HOUR, Departure
from examples.telecom.town import Town, day_of

STAFF_ID = "staff"
"""The id under which the personnel system's own records stand among the customers'."""
CONTACTED = 0.65
"""Share of the customers with whom the successor makes contact."""
MISSED_DAYS = 120


@dataclass
class Staff:
    """Writes departures, new owners, and their first contacts."""

    town: Town
    rng: np.random.Generator

    def live(self, day: int) -> None:
        """Who leaves on that day."""
        for departure in self.town.scene.departures:
            if day_of(departure.at) == day:
                self._leave(departure, day)

    def _leave(self, departure: Departure, day: int) -> None:
        town, rng, employees = self.town, self.rng, self.town.scene.employees
        gone = employees.index(departure.employee)
        if departure.announced:
            town.book.write(
                "interactions",
                departure.at,
                STAFF_ID,
                kind="employee_left",
                employee=departure.employee,
            )
        others = [place for place in range(len(employees)) if place != gone]
        for place in np.flatnonzero(town.here(day) & (town.manager == gone)).tolist():
            heir = others[int(rng.integers(len(others)))]
            wait = rng.exponential(5) * DAY if departure.announced else rng.uniform(0, 4) * HOUR
            contact = self._contact_day(departure.at + wait)
            town.unsettled_until[place] = min(contact or day + MISSED_DAYS, day + MISSED_DAYS)
            self._hand_over(departure, place, heir, departure.at + wait, contact)

    def _contact_day(self, owned: float) -> int | None:
        """The working day on which the new owner calls, if ever."""
        if self.rng.random() >= CONTACTED:
            return None
        day = day_of(owned + (1 + self.rng.exponential(9)) * DAY)
        return day + (0, 0, 0, 0, 0, 2, 1)[day % 7]

    def _hand_over(
        self, departure: Departure, place: int, heir: int, owned: float, contact: int | None
    ) -> None:
        town = self.town
        name, customer = town.scene.employees[heir], town.people.ids[place]
        truth: dict[str, object] = {
            "employee": departure.employee,
            "customer": customer,
            "successor": name,
            "left": int(departure.at),
            "owned": int(owned) if owned < town.scene.end else None,
            "contacted": None,
        }
        town.handovers.append(truth)

        def own() -> None:
            if town.here(day_of(owned))[place]:
                town.manager[place] = heir
                town.book.write("profiles", owned, customer, manager=name)

        def call() -> None:
            if contact is None or not town.here(contact)[place]:
                return
            at = float(moments(self.rng, contact, 1, office=True)[0])
            if town.book.write(
                "interactions", at, customer, kind="contact", channel="phone", employee=name
            ):
                truth["contacted"] = int(at)

        if day_of(owned) == day_of(departure.at):
            own()
        else:
            town.book.on(day_of(owned), own)
        if contact is not None:
            town.book.on(contact, call)
