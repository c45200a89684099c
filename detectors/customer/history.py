"""History: what the settled summary and the recent days say as of the end of a given day.

`summarise` folds the days up to `day` over the settled summary, in order of days; `settle` folds
the days that have become too old to change into the summary itself, by the same steps. So both
give the same numbers, whenever days are settled and in whatever order their events arrived.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache

from detectors.customer.effort import total
from detectors.customer.gaps import counted
from detectors.customer.state import CustomerState, Day, Effort, Measure, Settled, bounded

EWMA = 0.3
"""Weight of the newest gap and spend in the moving averages."""

HALF_LIFE = 90
"""Days after which an occasion counts half in the decayed count."""


def add_days(summary: Settled, days: Iterable[Day]) -> None:
    """Fold days, each later than all before it, into the summary."""
    active: list[Day] = []
    efforts = [] if summary.effort is None else [summary.effort]
    events = returned = return_days = contacts = spend = discounted = purchases = 0
    for day in days:
        events += day.events
        contacts += day.contacts
        if day.returned:
            returned += day.returned
            return_days += day.returned > 0
        if day.purchases:
            purchases += day.purchases
            spend += day.spend
            discounted += day.discounted
            summary.units = bounded(summary.units + day.units)
        if day.activity:
            active.append(day)
        if day.cancels:
            summary.cancelled_day = day.number
        if day.measures:
            summary.measures = merged_measures(summary.measures, day.measures)
        if day.effort is not None:
            efforts.append(day.effort)
            if day.effort.reached:
                summary.reached_day = day.number
    summary.events += events
    summary.contacts += contacts
    summary.returned += returned
    summary.return_days += return_days
    summary.purchases += purchases
    summary.spend += spend
    summary.discounted += discounted
    if efforts:
        summary.effort = total(efforts)
    if active:
        _add_occasions(summary, active)


def _add_occasions(summary: Settled, days: list[Day]) -> None:
    """Fold the days with activity; there must be one."""
    occasions, last = summary.occasions, summary.last_day
    gap_ewma, spend_ewma, decayed = summary.gap_ewma, summary.spend_ewma, summary.decayed
    gaps: list[int] = []
    for day in days:
        number = day.number
        if occasions:
            gap = number - last
            gaps.append(gap)
            gap_ewma += EWMA * (gap - gap_ewma) if occasions > 1 else gap
            spend_ewma += EWMA * (day.spend - spend_ewma)
            decayed *= decay(gap)
            summary.ages += number - summary.first_day
        else:
            summary.first_day = number
            spend_ewma = float(day.spend)
        decayed += 1.0
        occasions += 1
        last = number
        summary.weekends += is_weekend(number)
    summary.occasions, summary.last_day = occasions, last
    summary.gap_ewma, summary.spend_ewma, summary.decayed = gap_ewma, spend_ewma, decayed
    summary.last_spend, summary.last_units = days[-1].spend, days[-1].units
    if gaps:
        summary.longest_gap = max(summary.longest_gap, *gaps)
        summary.gaps = counted(summary.gaps, gaps)


def is_weekend(day: int) -> bool:
    """Whether a day (number since 1970-01-01, a Thursday) is a Saturday or a Sunday.

    >>> [is_weekend(day) for day in range(7)]
    [False, False, True, True, False, False, False]
    """
    return day % 7 in (2, 3)


@lru_cache(maxsize=4096)
def decay(days: int) -> float:
    """What is left of an occasion in the decayed count after so many days, in (0, 1]."""
    return float(2.0 ** (-days / HALF_LIFE))


def merged_measures(
    older: dict[str, Measure] | None, newer: dict[str, Measure]
) -> dict[str, Measure]:
    """The measures of two spans of days, the second later than the first."""
    merged = dict(older) if older else {}
    for name, measure in newer.items():
        before = merged.get(name, Measure())
        merged[name] = Measure(
            before.count + measure.count,
            before.total + measure.total,
            measure.last_at,
            measure.last,
        )
    return merged


def summarise(state: CustomerState, day: int) -> Settled:
    """The summary of all days up to and including `day`.

    `day` must not lie before the settled days (they cannot be taken apart again).
    """
    summary = copy_summary(state.settled)
    days = state.days
    if days and days[-1].number > day:
        days = [item for item in days if item.number <= day]
    add_days(summary, days)
    return summary


def copy_summary(summary: Settled) -> Settled:
    """An independent copy (measures and efforts are replaced, never changed in place)."""
    return copy(summary)


def settle(state: CustomerState, oldest: int) -> None:
    """Fold the days before `oldest` into the settled summary and forget them one by one."""
    days = state.days
    count = 0
    while count < len(days) and days[count].number < oldest:
        count += 1
    if count:
        add_days(state.settled, days[:count])
        del days[:count]
        bound(state.settled)


def bound(summary: Settled) -> None:
    """Hold the sums within what can be stored."""
    summary.spend = bounded(summary.spend)
    summary.returned = bounded(summary.returned)
    for measure in (summary.measures or {}).values():
        measure.total = bounded(measure.total)


def day_of(state: CustomerState, number: int) -> Day:
    """The record of a day, made if it does not exist; the list stays sorted."""
    days = state.days
    at = len(days)
    while at and days[at - 1].number >= number:
        if days[at - 1].number == number:
            return days[at - 1]
        at -= 1
    day = Day(number)
    days.insert(at, day)
    return day


def net_spend(days: list[Day], first: int, last: int) -> int:
    """Purchases less returns from day `first` to day `last`, in held money."""
    return sum(day.spend - day.returned for day in days if first <= day.number <= last)


@dataclass(slots=True)
class Windows:
    """Sums over the last 30 and 90 days, and over the value window and its two halves.

    Revenue is purchases less returns, in held money.
    """

    events_30: int = 0
    occasions_30: int = 0
    occasions_90: int = 0
    contacts_30: int = 0
    cancel_requests_30: int = 0
    revenue: int = 0
    revenue_recent: int = 0
    """In the later half of the value window."""
    revenue_before: int = 0
    """In the earlier half."""
    return_days: int = 0
    """Days with a return in the value window."""
    effort: Effort | None = None
    """In the value window."""


def windows_at(days: list[Day], last: int, value_window: int) -> Windows:
    """The sums over the windows that end with the day `last`; `value_window` in days."""
    sums = Windows()
    half = value_window // 2
    longest = max(90, value_window)
    efforts: list[Effort] = []
    for day in reversed(days):
        age = last - day.number
        if age < 0:
            continue
        if age >= longest:
            break
        if age < 30:
            sums.events_30 += day.events
            sums.contacts_30 += day.contacts
            sums.cancel_requests_30 += day.cancel_requests
            sums.occasions_30 += day.activity > 0
        if age < 90:
            sums.occasions_90 += day.activity > 0
        if age < value_window:
            net = day.spend - day.returned
            sums.revenue += net
            sums.return_days += day.returned > 0
            if day.effort is not None:
                efforts.append(day.effort)
            if age < half:
                sums.revenue_recent += net
            elif age < 2 * half:
                sums.revenue_before += net
    sums.effort = total(efforts) if efforts else None
    return sums
