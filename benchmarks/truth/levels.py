"""Levels of the pyramid (D4) against a full sort of the revenue, as of each view's own moment."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from benchmarks.truth.case import Case, share
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.value.pyramid import LEVELS
from schemas.customer_state import CustomerState

Floats = NDArray[np.float64]
CENTS = 0.02
"""Converted amounts are rounded one by one."""


def levels(case: Case) -> dict[str, float | None]:
    """How often the last level of a customer is that of the full sort of that day.

    Levels are given at reviews, which are of a midnight; other views have them from the last one,
    and are not `compared`.

    `rank_error`: by how much of all active customers those told wrongly lie from the boundary that
    they are told to have passed, beyond the share `value.steady` that keeps a level; the largest of
    all. Who is not active (any more) belongs below the pyramid, whatever the revenue.
    `revenue_right`: the window's revenue to two cents.
    """
    daily, places = _revenue_by_day(case)
    active_on = _active_customers(case)
    compared = right = money = 0
    worst = 0.0
    views = _last_views(case)
    for customer, view in views.items():
        moment = view.as_of.timestamp()
        day = ceil(moment / DAY)  # in the middle of a day: with what it has so far
        window = _window(daily, day, case)
        mine = float(window[places[customer]]) if customer in places else 0.0
        money += abs(max(mine, 0.0) - view.spend_window) < CENTS
        if moment % DAY:
            continue
        compared += 1
        active = active_on(day)
        if mine <= 0 or customer not in active:
            right += view.level not in LEVELS
            continue
        others = window[[place for name, place in places.items() if name in active]]
        level, steady = str(view.level), case.policy.value.steady
        right += outside(_rank(others, mine, 0.0), level, case.policy) == 0.0
        worst = max(worst, outside(_rank(others, mine, steady), level, case.policy))
    return {
        "customers": len(views),
        "compared": compared,
        "right": share(right, compared),
        "rank_error": round(worst, 5),
        "revenue_right": share(money, len(views)),
    }


def revenue_before(case: Case, day: int) -> dict[str, float]:
    """Net revenue of each customer in the policy's window before midnight `day`."""
    daily, places = _revenue_by_day(case)
    window = _window(daily, day, case)
    return {customer: float(window[place]) for customer, place in places.items()}


def _active_customers(case: Case) -> Callable[[int], frozenset[str]]:
    """Who is active as of midnight `day`: by the policy's kinds and window, and not cancelled."""
    days: dict[str, list[int]] = defaultdict(list)
    ended: dict[str, list[int]] = defaultdict(list)
    for row in case.interactions():
        day = int(datetime.fromisoformat(row["at"]).timestamp() // DAY)
        if row["kind"] in case.policy.churn.activity_kinds:
            insort(days[row["customer"]], day)
        elif row["kind"] == "cancel":
            insort(ended[row["customer"]], day)

    def is_active(customer: str, day: int) -> bool:
        last, end = latest(days[customer], day), latest(ended[customer], day)
        return last >= day - case.policy.active_days and last > end

    def latest(moments: list[int], day: int) -> int:
        place = bisect_left(moments, day)
        return moments[place - 1] if place else -1

    return cache(lambda day: frozenset(name for name in list(days) if is_active(name, day)))


def _last_views(case: Case) -> dict[str, CustomerState]:
    views = {view.customer_id: view for view in case.outputs("customer-state", CustomerState)}
    return {name: view for name, view in views.items() if view.reviewed_at is not None}


def _revenue_by_day(case: Case) -> tuple[dict[int, Floats], dict[str, int]]:
    """Net revenue (the policy's currency) by day and customer, each event counted once."""
    places: dict[str, int] = {}
    seen: set[str] = set()
    rows: list[tuple[int, int, float]] = []
    for row in case.interactions():
        sign = {"purchase": 1.0, "return": -1.0}.get(row["kind"])
        if sign is None or row["id"] in seen:
            continue
        seen.add(row["id"])
        rate = 1.0
        if row["currency"] != case.policy.value.currency:
            rate = case.policy.value.rates[row["currency"]]
        day = int(datetime.fromisoformat(row["at"]).timestamp() // DAY)
        place = places.setdefault(row["customer"], len(places))
        rows.append((day, place, sign * rate * float(row["amount"])))
    daily: dict[int, Floats] = {}
    for day, place, amount in rows:
        daily.setdefault(day, np.zeros(len(places)))[place] += amount
    return daily, places


def _window(daily: dict[int, Floats], day: int, case: Case) -> Floats:
    """Revenue of each customer in the policy's window before midnight `day`."""
    days = range(day - case.policy.value.window // DAY, day)
    nothing = np.zeros(len(next(iter(daily.values()))))
    return sum((daily[day] for day in days if day in daily), nothing)


def _rank(window: Floats, mine: float, steady: float) -> tuple[float, float]:
    """Shares of the customers above, and above or level with, a revenue.

    Those whose revenues differ by the share `steady` at the most count as level.
    """
    paying = window[window > 0]
    above = np.sum(paying > mine / (1 - steady) + 0.005)
    not_below = np.sum(paying >= mine / (1 + steady) - 0.005)
    return float(above) / len(paying), float(not_below) / len(paying)


def outside(rank: tuple[float, float], level: str, policy: Policy) -> float:
    """How far (share of customers) a rank lies outside the level's place; 0 inside."""
    value, ends, begin = policy.value, {}, 0.0
    for name, size in (("top", value.top), ("large", value.large), ("medium", value.medium)):
        ends[name] = (begin, begin + size)
        begin += size
    ends["small"] = (begin, 1.0)
    if level not in ends:
        return 1.0
    low, high = ends[level]
    return max(0.0, low - rank[1], rank[0] - high)
