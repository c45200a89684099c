"""A naive oracle: all raw events of a customer in lists, and every figure by its definition.

It shares no code with the product's state; days are UTC days since 1970-01-01, and every figure
is as of the end of a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from math import ceil, log, log1p, sqrt

from detectors.policy import Policy
from schemas.complaint import Complaint
from schemas.interaction import Interaction
from schemas.profile import Profile
from tests.detectors.builders import Happening

CONTACTS = {"contact", "visit", "call", "offer"}
EWMA = 0.3


def day_of(at: float) -> int:
    return int(at // 86_400)


@dataclass
class Oracle:
    """One customer's raw events."""

    policy: Policy
    interactions: list[tuple[float, Interaction]] = field(default_factory=list)
    complaints: list[tuple[float, Complaint]] = field(default_factory=list)
    profiles: list[tuple[float, Profile]] = field(default_factory=list)

    def hear(self, event: Happening) -> None:
        match event.payload:
            case Interaction() as payload:
                self.interactions.append((event.at, payload))
            case Complaint() as payload:
                self.complaints.append((event.at, payload))
            case Profile() as payload:
                self.profiles.append((event.at, payload))
            case _:
                pass

    def seen(self, day: int, kinds: Iterable[str] | None = None) -> list[tuple[float, Interaction]]:
        """Interactions up to the end of the day, in order of time."""
        wanted = None if kinds is None else set(kinds)
        return sorted(
            (
                (at, event)
                for at, event in self.interactions
                if day_of(at) <= day and (wanted is None or event.kind in wanted)
            ),
            key=lambda pair: pair[0],
        )

    # Rhythm

    def occasions(self, day: int) -> list[int]:
        """The days with activity."""
        return sorted({day_of(at) for at, _ in self.seen(day, self.policy.churn.activity_kinds)})

    def gaps(self, day: int) -> list[int]:
        days = self.occasions(day)
        return [later - earlier for earlier, later in pairwise(days)]

    def recency(self, day: int) -> int:
        return day - self.occasions(day)[-1]

    def tenure(self, day: int) -> int:
        return day - self.occasions(day)[0]

    def mean_gap(self, day: int) -> float:
        gaps = self.gaps(day)
        return sum(gaps) / len(gaps) if gaps else 0.0

    def longest_gap(self, day: int) -> int:
        return max(self.gaps(day), default=0)

    def smooth_gap(self, day: int) -> float:
        return smoothed([float(gap) for gap in self.gaps(day)])

    def count(self, day: int, window: int) -> int:
        """Occasions of the last days of a window."""
        return sum(day - number < window for number in self.occasions(day))

    def events(self, day: int, window: int, kinds: Iterable[str] | None = None) -> int:
        return sum(day - day_of(at) < window for at, _ in self.seen(day, kinds))

    # Money

    def spends(self, day: int) -> list[float]:
        """What was bought on each occasion."""
        return [
            sum(money(event) for at, event in self.seen(day, ["purchase"]) if day_of(at) == number)
            for number in self.occasions(day)
        ]

    def spend(self, day: int) -> float:
        return sum(money(event) for _, event in self.seen(day, ["purchase"]))

    def returned(self, day: int) -> float:
        return sum(abs(money(event)) for _, event in self.seen(day, ["return"]))

    def revenue(self, day: int, first_age: int, beyond_age: int) -> float:
        """Purchases less returns on the days whose age is in [first_age, beyond_age)."""
        total = 0.0
        for at, event in self.seen(day, ["purchase", "return"]):
            if first_age <= day - day_of(at) < beyond_age:
                total += money(event) if event.kind == "purchase" else -abs(money(event))
        return total

    def discounted(self, day: int) -> tuple[int, int]:
        """Purchases with a discount, and all purchases."""
        purchases = self.seen(day, ["purchase"])
        return sum(bool(event.discount) for _, event in purchases), len(purchases)

    def pieces(self, day: int, first: int = 0) -> float:
        """Pieces bought from day `first` on."""
        bought = self.seen(day, ["purchase"])
        return sum(event.quantity or 0.0 for at, event in bought if day_of(at) >= first)

    def prices(self, day: int) -> tuple[float, float]:
        """Spend per piece on the last occasion and on all; 0 where there are no pieces."""
        last = self.pieces(day, self.occasions(day)[-1])
        if not last:
            return 0.0, 0.0
        return self.spends(day)[-1] / last, self.spend(day) / self.pieces(day)

    # The rest

    def channels(self, day: int) -> int:
        return len({event.channel for _, event in self.seen(day) if event.channel})

    def complaint_states(self, day: int) -> list[bool]:
        """For each complaint heard of by the end of the day: whether it is open."""
        cases: dict[str, list[tuple[float, bool, str]]] = {}
        for at, step in self.complaints:
            if day_of(at) <= day and step.stage != "responded":
                ends = step.stage in ("resolved", "withdrawn")
                cases.setdefault(step.complaint_id, []).append((at, ends, step.stage))
        states = []
        for steps in cases.values():
            turns = sorted(step for step in steps if step[2] != "opened")
            states.append(not turns[-1][1] if turns else True)
        return states

    def contract_days(self, day: int) -> float | None:
        """Days from the end of the day until the contract ends."""
        ends = [
            (at, statement.contract_end)
            for at, statement in self.profiles
            if day_of(at) <= day and statement.contract_end
        ]
        if not ends:
            return None
        latest = max(ends, key=lambda pair: pair[0])[1]
        assert latest is not None
        return (latest.timestamp() - (day + 1) * 86_400) / 86_400

    def profile_value(self, day: int, name: str) -> str | None:
        """The newest statement of a profile field."""
        stated = [
            (at, str(getattr(statement, name)))
            for at, statement in self.profiles
            if day_of(at) <= day and getattr(statement, name) is not None
        ]
        return max(stated)[1] if stated else None

    def cancelled(self, day: int) -> bool:
        """Whether a cancellation on or after the last day of activity stands."""
        days = [day_of(at) for at, _ in self.seen(day, ["cancel"])]
        return bool(days) and max(days) >= self.occasions(day)[-1]

    def in_population(self, day: int) -> bool:
        return (
            bool(self.occasions(day))
            and self.recency(day) * 86_400 < self.policy.churn.active_window
            and not self.cancelled(day)
        )

    def label(self, day: int) -> bool:
        """Whether the customer churned in the horizon after the end of the day."""
        last = day + ceil(self.policy.churn.horizon / 86_400)
        if self.policy.churn.definition == "cancellation":
            days = [day_of(at) for at, _ in self.seen(last, ["cancel"])]
            return any(number > day for number in days)
        return not any(number > day for number in self.occasions(last))

    def silence(self, day: int) -> float:
        """P(no activity in the horizon): BG/NBD by the formulas of Fader, Hardie & Lee."""
        prior, horizon = self.policy.prior, self.policy.churn.horizon / 86_400
        days = self.occasions(day)
        x, last, age = len(days) - 1, days[-1] - days[0], day - days[0]
        alive = 1.0
        if x:
            odds = prior.a / (prior.b + x - 1)
            odds *= ((prior.alpha_days + age) / (prior.alpha_days + last)) ** (prior.r + x)
            alive = 1 / (1 + odds)
        base = (prior.alpha_days + age) / (prior.alpha_days + age + horizon)
        return float(1 - alive * (1 - base ** (prior.r + x)))

    def prior_odds(self, day: int) -> float:
        """Log-odds of the prior rule beyond what is the same for everybody."""
        rate = self.policy.prior.cancellation_rate
        if self.policy.churn.definition == "cancellation":
            odds, offset = log(rate / (1 - rate)), log(rate / (1 - rate))
        else:
            probability = self.silence(day)
            odds, offset = log(probability / (1 - probability)), 0.0
        if self.events(day, 30, ["cancel_request"]):
            odds += self.policy.prior.cancel_request_odds
        return odds - offset

    def features(self, day: int) -> dict[str, float]:
        """The features before they are put on their grid; only for customers with an occasion."""
        n, gap, longest = len(self.occasions(day)), self.mean_gap(day), self.longest_gap(day)
        spends, recency, tenure = self.spends(day), self.recency(day), self.tenure(day)
        mean_spend = self.spend(day) / n
        with_discount, purchases = self.discounted(day)
        returned, contract = self.returned(day), self.contract_days(day)
        states = self.complaint_states(day)
        rate = (self.policy.prior.r + n - 1) / (self.policy.prior.alpha_days + tenure)
        last_price, price = self.prices(day)
        gaps, first = self.gaps(day), self.occasions(day)[0]
        ages = [number - first for number in self.occasions(day)[1:]]
        trend = (sum(ages) / len(ages) / tenure - 0.5) if ages else 0.0
        weekdays = [date.fromordinal(719_163 + number).weekday() for number in self.occasions(day)]
        return {
            "recency": half_log(recency),
            "tenure": half_log(tenure),
            "occasions": half_log(n),
            "gap_mean": half_log(gap),
            "gap_ewma": half_log(self.smooth_gap(day)),
            "gap_longest": half_log(longest),
            "overdue": log((recency + 1) / (gap + 1)) if n > 1 else 0.0,
            "overdue_longest": log((recency + 1) / (longest + 1)) if n > 1 else 0.0,
            "one_time": float(n == 1),
            "spend_mean": half_log(mean_spend),
            "spend_last": half_log(spends[-1]),
            "spend_ewma": half_log(smoothed(spends)),
            "spend_trend": log((spends[-1] + 1) / (mean_spend + 1)),
            "returns_share": returned / (self.spend(day) + returned) if self.spend(day) else 0.0,
            "discount_share": with_discount / purchases if purchases else 0.0,
            "count_30": half_log(self.count(day, 30)),
            "count_90": half_log(self.count(day, 90)),
            "events_30": half_log(self.events(day, 30)),
            "expected_count": half_log(rate * self.policy.churn.horizon / 86_400),
            "channels": half_log(self.channels(day)),
            "contacts_30": half_log(self.events(day, 30, CONTACTS)),
            "complaints_open": half_log(sum(states)),
            "complaints_past": half_log(len(states) - sum(states)),
            "contract_left": 0.0 if contract is None else 1 / (1 + max(contract, 0) / 30),
            "cancel_requested": float(self.events(day, 30, ["cancel_request"]) > 0),
            "activity_trend": trend * sqrt(12 * len(ages)) / 2,
            "price_last": half_log(last_price),
            "price_trend": log((last_price + 1) / (price + 1)),
            "tenure_curve": half_log(tenure) ** 3 / 6,
            "weekend_share": sum(weekday > 4 for weekday in weekdays) / n,
            "gaps_short": (sum(gap <= 30 for gap in gaps) - len(gaps) / 2) / (len(gaps) + 2),
            "prior_logit": max(-12.0, min(12.0, self.prior_odds(day))),
        }


def money(event: Interaction) -> float:
    """What the event is worth."""
    if event.amount is not None:
        return event.amount
    quantity = 1.0 if event.quantity is None else event.quantity
    return quantity * (event.unit_price or 0.0)


def smoothed(values: list[float]) -> float:
    """Exponentially weighted, beginning with the first value."""
    if not values:
        return 0.0
    result = values[0]
    for value in values[1:]:
        result = (1 - EWMA) * result + EWMA * value
    return result


def half_log(value: float) -> float:
    return log1p(value) / 2 if value > 0 else 0.0


def oracles(events: Iterable[Happening], policy: Policy) -> dict[str, Oracle]:
    """An oracle for each customer."""
    known: dict[str, Oracle] = {}
    for event in events:
        assert event.payload is not None
        known.setdefault(event.payload.customer_id, Oracle(policy)).hear(event)
    return known
