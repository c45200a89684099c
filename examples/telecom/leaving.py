"""Who leaves, when and why: competing hazards, day by day."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.clock import Floats, moments, pick
from examples.telecom.scene import BEGIN, DAY, TREATMENT_EFFECT
from examples.telecom.town import Town

_WITHOUT_GRIEVANCE = {
    "circumstance": 0.3,
    "competitor_offer": 0.25,
    "marketing_mix": 0.2,
    "unmet_need": 0.15,
    "unequal_treatment": 0.1,
}
_COMPETITORS = ("carrier-a", "carrier-b", "carrier-c")


@dataclass
class Leaving:
    """Moves the satisfaction, decides who leaves, and writes what is seen of it."""

    town: Town
    rng: np.random.Generator

    def live(self, day: int) -> None:
        """The decisions of a day; renewals of contracts that end and are not left."""
        self._calm_down()
        town, rng = self.town, self.rng
        parts = self._hazards(day)
        total = sum(parts.values(), np.zeros(len(town.people)))
        decided = np.flatnonzero(rng.random(len(total)) < 1 - np.exp(-total))
        for place in decided.tolist():
            part = pick(rng, list(parts), [float(rates[place]) for rates in parts.values()])
            self._decide(day, place, self._cause(place, part))
        self._renew(day)

    def _calm_down(self) -> None:
        """Satisfaction goes back to the customer's own level, with a little noise."""
        town = self.town
        town.satisfaction += 0.012 * (town.people.temper - town.satisfaction)
        town.satisfaction += self.rng.normal(0, 0.008, len(town.people))
        np.clip(town.satisfaction, 0.02, 0.99, out=town.satisfaction)

    def _hazards(self, day: int) -> dict[str, Floats]:
        """Chances a day, by what is behind them."""
        town, people = self.town, self.town.people
        near_end = (town.term_end - day < 30) & people.contract
        base = np.where(people.contract, np.where(near_end, 0.0020, 0.0003), 0.0007)
        mood = np.exp(2.5 * (0.65 - town.satisfaction)).clip(0.4, 3)
        hurt = ((0.66 - town.satisfaction) / 0.3).clip(0, 1.6)
        parts = {
            "own": base * people.restless * mood,
            "grievance": np.where(town.grieved_until > day, 0.014 * hurt, 0.0),
            "staff_turnover": np.where(town.unsettled_until > day, 0.005, 0.0),
            "competitor_offer": np.where(
                people.price_only & (not town.scene.is_campaign(day)), 0.004, 0.0
            ),
        }
        effect = np.where(town.protected_until > day, 1 - TREATMENT_EFFECT, 1.0)
        return {name: rates * effect * town.staying(day) for name, rates in parts.items()}

    def _cause(self, place: int, part: str) -> str:
        if part == "own":
            return pick(self.rng, list(_WITHOUT_GRIEVANCE), list(_WITHOUT_GRIEVANCE.values()))
        return self.town.grievance[place] if part == "grievance" else part

    def _decide(self, day: int, place: int, cause: str) -> None:
        town, rng, customer = self.town, self.rng, self.town.people.ids[place]
        wait = int(rng.integers(12, 35))
        town.leaving_day[place] = day
        town.gone_day[place] = day + wait
        town.gone_at[place] = BEGIN + (day + wait) * DAY
        town.cause[place] = cause
        if not town.people.contract[place]:
            return
        asked = float(moments(rng, day, 1)[0])
        end = BEGIN + (day + wait) * DAY + 9 * 3600
        town.gone_at[place] = end
        if rng.random() < 0.6:
            self._tell(asked, customer, "cancel_request", "phone")
        self._tell(end, customer, "cancel", "billing")
        if rng.random() < 0.45:
            stated = cause if rng.random() < 0.9 else "unknown"
            rival = cause == "competitor_offer" and rng.random() < 0.7
            town.book.write(
                "feedback",
                end + 3600,
                customer,
                kind="reason",
                reason=stated,
                competitor=_COMPETITORS[int(rng.integers(3))] if rival else None,
            )

    def _tell(self, at: float, customer: str, kind: str, channel: str) -> None:
        self.town.book.write("interactions", at, customer, kind=kind, channel=channel)

    def _renew(self, day: int) -> None:
        town = self.town
        due = town.staying(day) & town.people.contract & (town.term_end <= day)
        for place in np.flatnonzero(due).tolist():
            customer, at = town.people.ids[place], BEGIN + day * DAY + 6 * 3600
            town.term_end[place] = day + town.people.term_days[place]
            self._tell(at, customer, "renew", "billing")
            end = BEGIN + float(town.term_end[place]) * DAY
            town.book.write("profiles", at, customer, contract_end=int(end))
