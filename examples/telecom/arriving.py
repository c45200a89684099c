"""Customers who come: what the company notes of them on the first day."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.scene import BEGIN, DAY
from examples.telecom.town import Town

_AGES = ("18-29", "30-44", "45-59", "60+")


@dataclass
class Arriving:
    """Writes a profile for each customer, and the begin of new contracts."""

    town: Town
    rng: np.random.Generator

    def live(self, day: int) -> None:
        """On the first day all who are there already; later those who join."""
        joins = self.town.people.joins
        who = np.flatnonzero(joins <= 0 if day == 0 else joins == day)
        for place, at in zip(who.tolist(), self.rng.uniform(0, 3600, len(who)), strict=True):
            self._arrive(place, BEGIN + day * DAY + at)

    def _arrive(self, place: int, at: float) -> None:
        town, people, rng = self.town, self.town.people, self.rng
        product, customer, contract = town.product(place), people.ids[place], people.contract[place]
        spend = 12 * product.price * people.scale[place] if contract else 150 * people.scale[place]
        begin = BEGIN + float(people.joins[place]) * DAY
        town.book.write(
            "profiles",
            at,
            customer,
            manager=town.employee(place),
            segment="business" if people.business[place] else "consumer",
            region=town.region(place),
            plan=product.name,
            consent=bool(people.consent[place]),
            contract_start=int(begin) if contract else None,
            contract_end=int(BEGIN + float(town.term_end[place]) * DAY) if contract else None,
            wallet=round(spend / rng.beta(4, 2), 2) if rng.random() < 0.4 else None,
            language="zh" if people.chinese[place] else "en",
            age=_AGES[int(rng.integers(4))],
        )
        if contract and people.joins[place] > 0:
            town.book.write(
                "interactions",
                at + 60,
                customer,
                kind="subscribe",
                product=product.name,
                category=product.category,
                channel="shop",
            )
