"""Complaints: who complains about what, how it is told, how it is handled, and what that does."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.clock import after_working_time, moments, pick, working_seconds
from examples.telecom.scene import BEGIN, DAY, EXTRAS, HOUR, PRODUCTS, Crisis
from examples.telecom.town import Town, day_of
from examples.telecom.wording import vague_words, words

CAUSES = {
    "product_defect": 0.26,
    "poor_service": 0.16,
    "broken_promise": 0.12,
    "marketing_mix": 0.10,
    "channel_or_market": 0.08,
    "neglected_detail": 0.06,
    "unmet_need": 0.06,
    "competitor_offer": 0.05,
    "unequal_treatment": 0.04,
    "culture": 0.03,
    "circumstance": 0.03,
    "staff_turnover": 0.01,
}
"""How often each of the twelve causes is behind a complaint when nothing special happens."""
STATED_AT_ONCE, STATED_LATER = 0.3, 0.5
"""Complaints with a cause from the beginning; of the others, those that get it when resolved."""
VAGUE, WORDLESS, PRODUCTLESS = 0.08, 0.08, 0.08
_PROMPT = 16 * HOUR
"""Working time within which customers are pleased, beyond which they are angry."""


@dataclass
class Complaining:
    """Writes complaints; moves the satisfaction of those who complain."""

    town: Town
    rng: np.random.Generator

    def live(self, day: int) -> None:
        """The complaints of a day."""
        town, rng = self.town, self.rng
        trouble = np.array([product.trouble for product in PRODUCTS])[town.people.base_product]
        mood = np.exp(2 * (0.65 - town.satisfaction)).clip(0.4, 4)
        missing = np.where(town.unsettled_until > day, 2.5, 1.0)
        rates = 0.0016 * trouble * mood * missing * town.here(day)
        who = np.flatnonzero(rng.random(len(rates)) < rates)
        for place, at in zip(who.tolist(), moments(rng, day, len(who)).tolist(), strict=True):
            product = town.product(place).name
            if rng.random() < 0.15:
                product = EXTRAS[int(rng.integers(len(EXTRAS)))].name
            self._complain(at, place, product, self._cause(place, product, day), None)
        for crisis in town.scene.crises:
            if day_of(crisis.begin) == day:
                self._break_out(crisis, day)

    def _cause(self, place: int, product: str, day: int) -> str:
        town, weights = self.town, dict(CAUSES)
        if product in ("fibre", "dsl", "handset"):
            weights["product_defect"] *= 1.7
        if product == "handset":
            weights["channel_or_market"] *= 2
        if town.people.scale[place] < 0.6:
            weights["unequal_treatment"] *= 2
        if town.people.price_only[place]:
            weights["competitor_offer"] *= 4
        if town.unsettled_until[place] > day:
            weights["staff_turnover"] = 1.5
        return pick(self.rng, list(weights), list(weights.values()))

    def _break_out(self, crisis: Crisis, day: int) -> None:
        """Many users of one product complain about one thing: first quickly, then less so."""
        town, rng = self.town, self.rng
        names = np.array([product.name for product in PRODUCTS])[town.people.base_product]
        users = np.flatnonzero(town.here(day) & (names == crisis.product))
        count = min(crisis.size, int(0.7 * len(users)))
        hit = rng.choice(users, count, replace=False)
        times = crisis.begin + crisis.length * rng.beta(1.0, 1.8, count)
        for place, at in sorted(zip(hit.tolist(), times.tolist(), strict=True), key=lambda x: x[1]):
            self._complain(at, place, crisis.product, crisis.cause, crisis.name)

    def _complain(
        self, at: float, place: int, product: str, cause: str, crisis: str | None
    ) -> None:
        town, rng = self.town, self.rng
        chinese = bool(town.people.chinese[place])
        text: str | None = None
        vague = rng.random() < VAGUE
        if rng.random() >= WORDLESS:
            tell = vague_words(rng, product, chinese=chinese) if vague else None
            text = tell or words(rng, cause, product, chinese=chinese)
        stated = "opening" if rng.random() < STATED_AT_ONCE else "never"
        if stated == "never" and rng.random() < STATED_LATER:
            stated = "resolution"
        category = {p.name: p.category for p in (*PRODUCTS, *EXTRAS)}[product]
        severity = int(rng.choice([1, 2, 3, 4, 5], p=[0.15, 0.3, 0.3, 0.18, 0.07]))
        known = rng.random() >= PRODUCTLESS
        truth: dict[str, object] = {
            "complaint": f"K-{len(town.complaints) + 1:06}",
            "customer": town.people.ids[place],
            "cause": cause,
            "stated": stated,
            "text": "none" if text is None else "vague" if vague else "telling",
            "language": "zh" if chinese else "en",
            "product": product,
            "severity": severity,
            "crisis": crisis,
            "opened": int(at),
        }
        self._step(
            truth,
            "opened",
            at,
            place,
            severity=severity,
            cause=cause if stated == "opening" else None,
            product=product if known else None,
            category=category if known else None,
            channel=str(rng.choice(["phone", "app", "shop", "mail"], p=[0.45, 0.3, 0.15, 0.1])),
            region=town.region(place),
            text=text,
        )
        town.complaints.append(truth)
        town.satisfaction[place] -= 0.15
        town.grievance[place] = cause
        town.grieved_until[place] = day_of(at) + 90
        self._handle(truth, at, place, severity, cause if stated == "resolution" else None)

    def _handle(
        self, truth: dict[str, object], at: float, place: int, severity: int, learned: str | None
    ) -> None:
        """Answer and resolution in working time; some are late, some come back, a few never end."""
        rng = self.rng
        slow = 2.0 if truth["crisis"] else 1.0
        answered = after_working_time(at, slow * rng.lognormal(np.log(2.5), 1.0) * HOUR)
        self._step(truth, "responded", answered, place)
        if rng.random() < 0.04:
            end = answered + rng.exponential(2) * DAY
            self._step(truth, "withdrawn", end, place)
            return
        if rng.random() < 0.02:
            return
        if severity >= 4 and rng.random() < 0.2:
            answered = after_working_time(answered, rng.exponential(6) * HOUR)
            self._step(truth, "escalated", answered, place)
        resolved = after_working_time(answered, slow * rng.lognormal(np.log(6), 0.9) * HOUR)
        given = round(float(rng.uniform(5, 40)), 2) if rng.random() < 0.15 else None
        self._step(truth, "resolved", resolved, place, cause=learned, compensation=given)
        prompt = working_seconds(at, resolved) <= _PROMPT
        self._feel(resolved, place, 0.3 if prompt else -0.12)
        if rng.random() < 0.05:
            again = resolved + rng.uniform(1, 20) * DAY
            self._step(truth, "reopened", again, place)
            self._feel(again, place, -0.15)
            end = after_working_time(again, rng.lognormal(np.log(8), 0.9) * HOUR)
            self._step(truth, "resolved_again", end, place)

    def _step(
        self, truth: dict[str, object], stage: str, at: float, place: int, **fields: object
    ) -> None:
        town = self.town
        wrote = town.book.write(
            "complaints",
            at,
            town.people.ids[place],
            complaint=truth["complaint"],
            stage=stage.removesuffix("_again"),
            employee=None if stage in ("opened", "reopened", "withdrawn") else "E-90",
            **fields,
        )
        if wrote:
            truth[stage] = int(at)

    def _feel(self, at: float, place: int, change: float) -> None:
        satisfaction = self.town.satisfaction
        day = max(day_of(at), day_of(BEGIN)) + 1

        def move() -> None:
            satisfaction[place] += change

        self.town.book.on(day, move)
