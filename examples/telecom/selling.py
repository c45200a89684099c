"""Offers with their answers, and the retention desk with its control group."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.clock import moments
from examples.telecom.scene import DAY, TREATMENT_DAYS
from examples.telecom.town import Town

RETENTION = "retention"
"""Campaign of the desk's contacts."""
_ROUND = 14
"""Days from one round of the desk to the next."""
_PAUSE = 90
"""Days in which nobody is enrolled twice."""


@dataclass
class Selling:
    """Writes offers and answers, and enrols customers at risk in a randomised trial."""

    town: Town
    rng: np.random.Generator
    offers: int = 0

    def live(self, day: int) -> None:
        """Offers on Tuesdays; the retention desk on every second Wednesday."""
        if day % 7 == 1:
            self._offer(day)
        if day % _ROUND == 2:
            self._retain(day)

    def _offer(self, day: int) -> None:
        town, rng = self.town, self.rng
        asked = town.here(day) & town.people.consent & (rng.random(len(town.people)) < 0.02)
        who = np.flatnonzero(asked)
        for place, at in zip(who.tolist(), moments(rng, day, len(who)).tolist(), strict=True):
            self.offers += 1
            offer, customer = f"F-{self.offers:06}", town.people.ids[place]
            channel = str(rng.choice(["app", "mail", "phone"]))
            town.book.write(
                "interactions",
                at,
                customer,
                kind="offer",
                order=offer,
                campaign="bigger plan",
                channel=channel,
            )
            outcome = self._outcome(place)
            answered = at + (rng.exponential(1.2) if outcome != "ignored" else 7) * DAY
            if answered >= town.gone_at[place]:
                continue
            town.book.write(
                "feedback", answered, customer, kind="offer", offer=offer, outcome=outcome
            )
            if outcome == "accepted":
                self._upgrade(place, answered, customer)

    def _outcome(self, place: int) -> str:
        """How the offer ends; an appetite, and a customer who is content, make it likely."""
        mood = self.town.satisfaction[place] - 0.65
        odds = -2.0 + 1.3 * self.town.people.appetite[place] + 2 * mood
        if self.rng.random() < 1 / (1 + np.exp(-odds)):
            return "accepted"
        return "ignored" if self.rng.random() < 0.4 else "declined"

    def _upgrade(self, place: int, at: float, customer: str) -> None:
        self.town.plan_factor[place] *= 1.2
        self.town.book.write("profiles", at, customer, plan=f"{self.town.product(place).name}+")

    def _retain(self, day: int) -> None:
        """Whoever visibly needs it is enrolled; the control group is not called."""
        town, rng = self.town, self.rng
        near_end = town.people.contract & (town.term_end - day < 45)
        needy = (town.satisfaction < 0.45) | (town.unsettled_until > day) | near_end
        needy |= town.people.price_only
        rested = day - town.enrolled_day > _PAUSE
        who = np.flatnonzero(town.staying(day) & needy & rested)
        times = moments(rng, day, len(who), office=True)
        for place, at in zip(who.tolist(), times.tolist(), strict=True):
            customer, control = town.people.ids[place], bool(town.people.control[place])
            town.enrolled_day[place] = day
            town.treatments.append(
                {
                    "customer": customer,
                    "enrolled": int(at),
                    "group": "control" if control else "treated",
                }
            )
            if control:
                continue
            town.protected_until[place] = day + TREATMENT_DAYS
            town.book.write(
                "interactions",
                at,
                customer,
                kind="contact",
                channel="phone",
                campaign=RETENTION,
                employee="E-91",
            )
