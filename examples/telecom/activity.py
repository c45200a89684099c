"""What customers do every day: use, visit, pay bills, top up, buy extras, send things back."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.clock import moments
from examples.telecom.scene import BEGIN, DAY, EXTRAS, Product
from examples.telecom.town import Town

_CONSUMER_WEEK = np.array([0.9, 0.9, 0.9, 0.95, 1.1, 1.2, 1.05])
_BUSINESS_WEEK = np.array([1.3, 1.35, 1.3, 1.3, 1.15, 0.3, 0.3])
_EXTRA_SHARES = (0.5, 0.2, 0.18, 0.12)
GBP = 1 / 1.16
"""GBP for one EUR."""


@dataclass
class Activity:
    """Writes the interactions that make up a customer's rhythm."""

    town: Town
    rng: np.random.Generator
    orders: int = 0

    def live(self, day: int) -> None:
        """A day of all customers."""
        people, vigour = self.town.people, self.town.vigour(day)
        week = np.where(people.business, _BUSINESS_WEEK[day % 7], _CONSUMER_WEEK[day % 7])
        self._use(day, people.usage_rate * week * vigour)
        self._visit(day, 0.02 * week * vigour)
        self._bill(day)
        self._buy(day, people.buying_rate * vigour)
        self._keep_contact(day)

    def _use(self, day: int, rates: np.ndarray) -> None:
        town = self.town
        who = np.repeat(np.arange(len(rates)), self.rng.poisson(rates))
        times = moments(self.rng, day, len(who))
        volumes = self.rng.lognormal(0, 0.8, len(who)).round(2)
        for place, at, volume in zip(who.tolist(), times.tolist(), volumes.tolist(), strict=True):
            product = town.product(place)
            self._write(
                at,
                place,
                kind="usage",
                product=product.name,
                category=product.category,
                quantity=max(volume, 0.01),
                channel="network",
            )

    def _visit(self, day: int, rates: np.ndarray) -> None:
        who = np.flatnonzero(self.rng.random(len(rates)) < rates)
        channels = self.rng.choice(["app", "web", "shop"], len(who), p=[0.6, 0.3, 0.1])
        times = moments(self.rng, day, len(who))
        for place, at, channel in zip(who.tolist(), times.tolist(), channels, strict=True):
            self._write(at, place, kind="visit", channel=str(channel))

    def _bill(self, day: int) -> None:
        """The monthly bill of a contract, and its payment."""
        town, people = self.town, self.town.people
        due = town.here(day) & people.contract & (people.bill_day == day % 30)
        for place in np.flatnonzero(due).tolist():
            product = town.product(place)
            amount = product.price * people.scale[place] * town.plan_factor[place]
            at = BEGIN + day * DAY + 5 * 3600 + place % 3600
            order = self._sell(at, place, product, amount, 0.0, "billing")
            slow = 4 + 20 * max(0.0, 0.6 - town.satisfaction[place])
            paid = at + self.rng.exponential(slow) * DAY
            self._write(paid, place, kind="payment", order=order, channel="bank")

    def _buy(self, day: int, rates: np.ndarray) -> None:
        """Top-ups and extras; with a discount in a campaign, and for some only then."""
        town, people, rng = self.town, self.town.people, self.rng
        campaign = town.scene.is_campaign(day)
        if campaign:
            rates = np.where(people.price_only, rates * 3.5, rates)
        else:
            rates = np.where(people.price_only, 0.0, rates)
        who = np.flatnonzero(rng.random(len(rates)) < rates)
        for place, at in zip(who.tolist(), moments(rng, day, len(who)).tolist(), strict=True):
            prepaid = not people.contract[place]
            product = town.product(place)
            if not prepaid or rng.random() < 0.15:
                product = EXTRAS[int(rng.choice(len(EXTRAS), p=_EXTRA_SHARES))]
            amount = product.price * rng.lognormal(0, 0.25)
            amount *= min(people.scale[place], 3.0) if product.category != "device" else 1.0
            share = float(rng.uniform(0.15, 0.35))
            discounted = campaign and (people.price_only[place] or rng.random() < 0.25)
            discount = amount * share if discounted else 0.0
            channel = str(rng.choice(["app", "web", "shop", "partner"], p=[0.5, 0.2, 0.2, 0.1]))
            order = self._sell(at, place, product, amount - discount, discount, channel)
            if product.category == "device" and rng.random() < 0.12:
                back = at + rng.uniform(2, 14) * DAY
                self._give_back(back, place, product, amount - discount, order)

    def _sell(
        self, at: float, place: int, product: Product, amount: float, discount: float, channel: str
    ) -> str:
        self.orders += 1
        order = f"o-{self.orders:07}"
        british = bool(self.town.people.british[place])
        rate = GBP if british else 1.0
        self._write(
            at,
            place,
            kind="purchase",
            order=order,
            product=product.name,
            category=product.category,
            quantity=1,
            amount=max(round(amount * rate, 2), 0.01),
            discount=round(discount * rate, 2) or None,
            cost=round((amount + discount) * product.cost * rate, 2),
            currency="GBP" if british else "EUR",
            channel=channel,
        )
        return order

    def _give_back(
        self, at: float, place: int, product: Product, amount: float, order: str
    ) -> None:
        british = bool(self.town.people.british[place])
        self._write(
            at,
            place,
            kind="return",
            order=order,
            product=product.name,
            category=product.category,
            quantity=1,
            amount=round(amount * (GBP if british else 1.0), 2),
            currency="GBP" if british else "EUR",
            channel="shop",
        )

    def _keep_contact(self, day: int) -> None:
        """Account managers talk to their customers about once in thirty days."""
        town = self.town
        if day % 7 > 4:
            return
        looked_after = town.here(day) & (town.manager >= 0) & (town.unsettled_until <= day)
        who = np.flatnonzero(looked_after & (self.rng.random(len(town.people)) < 7 / 5 / 30))
        times = moments(self.rng, day, len(who), office=True)
        for place, at in zip(who.tolist(), times.tolist(), strict=True):
            self._write(at, place, kind="contact", channel="phone", employee=town.employee(place))

    def _write(self, at: float, place: int, **fields: object) -> None:
        if at < self.town.gone_at[place]:
            self.town.book.write("interactions", at, self.town.people.ids[place], **fields)
