"""Themes: what several features say together, as one number and one sentence.

Features of one theme move together (silence shows in recency, in recency over the own gap, in the
prior), so that their single contributions may cancel each other; their sum is what the theme adds
to the log-odds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import copysign, expm1
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.customer.attributes import number_of
from detectors.customer.facts import Facts
from detectors.customer.features import PARTS, Vector
from detectors.customer.state import MONEY
from detectors.policy import Policy


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: the features that belong to it, its number in its own unit, and its sentence."""

    features: tuple[str, ...]
    value: Callable[[Facts, Policy], float]
    sentence: Callable[[Facts, Policy], str]


def theme_of(feature: str) -> str:
    """The theme of a feature; own attributes are a theme each (``score``, ``segment``)."""
    known = _THEME_OF.get(feature)
    if known is not None:
        return known
    part, separator, attribute = feature.partition(":")
    own = separator and part in (*PARTS, "number")
    return attribute if own else feature.partition("=")[0]


def themes_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The themes of some features."""
    return _grouping(names).themes


def grouped(names: tuple[str, ...], contributions: Vector) -> Vector:
    """Contributions of features (…×d), summed by the themes that `themes_of` lists (…×themes).

    No row depends on the others.
    """
    grouping = _grouping(names)
    ordered = contributions.take(grouping.order, axis=-1)  # rows stay together in memory
    return np.asarray(np.add.reduceat(ordered, grouping.starts, axis=-1))


def value_of(theme: str, facts: Facts, policy: Policy) -> float:
    """The theme's number in its own unit; an attribute's (last) value; 1 for a category."""
    known = THEMES.get(theme)
    if known is not None:
        return known.value(facts, policy)
    measure = (facts.summary.measures or {}).get(theme)
    if measure is not None and measure.count:
        return measure.last / MONEY
    stated = facts.categories.get(theme)
    if stated is None:
        return 0.0
    number = number_of(stated)
    return 1.0 if number is None else number


def sentence_of(theme: str, facts: Facts, policy: Policy) -> str:
    """The theme in words, with the customer's own numbers."""
    known = THEMES.get(theme)
    if known is not None:
        return known.sentence(facts, policy)
    measure = (facts.summary.measures or {}).get(theme)
    if measure is not None and measure.count:
        mean = measure.total / measure.count / MONEY
        return f"last {theme} was {measure.last / MONEY:g}, {mean:.4g} on average"
    if theme in facts.categories:
        return f"{theme} is {facts.categories[theme]}"
    if theme == "segment":
        return f"segment is {facts.group}"
    return f"no {theme} on record"


def typical_of(theme: str, reference: Mapping[str, float]) -> float | None:
    """The number of the reference customer in the unit of `value_of`, from its mean features.

    None where the features do not tell it. Features are logarithms, so this is a geometric mean.
    """
    for feature in (_UNIT_OF.get(theme, ""), f"last:{theme}"):
        if feature in reference:
            return unscaled(reference[feature])
    return None


def activity_noun(policy: Policy) -> str:
    """What an occasion is called: the first of the policy's activity kinds."""
    return policy.churn.activity_kinds[0].replace("_", " ")


def in_days(number: float) -> str:
    """``1 day``, ``12 days``."""
    whole = round(number)
    return "1 day" if whole == 1 else f"{whole} days"


def counted(number: int, noun: str) -> str:
    """``no complaint``, ``1 complaint``, ``2 complaints``."""
    return f"{number or 'no'} {noun}{'s' * (number > 1)}"


def money(held: float) -> str:
    """Held money with two decimals, without currency."""
    return f"{held / MONEY:,.2f}"


def unscaled(value: float) -> float:
    """The number whose `features.signed_log` is `value`."""
    return copysign(expm1(2 * abs(value)), value)


def _silence(facts: Facts, policy: Policy) -> str:
    what = activity_noun(policy)
    if not facts.summary.occasions:
        return f"no {what} so far"
    silent = f"no {what} for {in_days(facts.recency)}" if facts.recency else f"a {what} today"
    if facts.summary.occasions == 1:
        return f"{silent}; only one so far"
    usual = round(facts.mean_gap)
    if usual <= 1:
        return f"{silent}; usually every day"
    return f"{silent}; usually every {usual if facts.recency else in_days(usual)}"


def _rhythm(facts: Facts, policy: Policy) -> str:
    what, summary = activity_noun(policy), facts.summary
    if summary.occasions < 2:
        return f"only one {what} so far: no rhythm yet"
    lately = round(summary.gap_ewma)
    every = in_days(lately) if lately > 1 else "day"
    return f"lately a {what} every {every}; the longest gap was {in_days(summary.longest_gap)}"


def _history(facts: Facts, policy: Policy) -> str:
    occasions = facts.summary.occasions
    days = f"{occasions} {activity_noun(policy)} day{'s' * (occasions != 1)}"
    return f"{days} since the first, {in_days(facts.tenure)} ago"


def _spend(facts: Facts, _: Policy) -> str:
    return f"last spend {money(facts.summary.last_spend)}, {money(_mean_spend(facts))} on average"


def _mean_spend(facts: Facts) -> float:
    return facts.summary.spend / facts.summary.occasions if facts.summary.occasions else 0.0


def _last_price(facts: Facts) -> float:
    """Spend per piece on the last occasion; 0 without pieces."""
    summary = facts.summary
    return summary.last_spend / summary.last_units if summary.last_units else 0.0


def _prices(facts: Facts, _: Policy) -> str:
    summary = facts.summary
    if not summary.last_units or not summary.units:
        return "no pieces on record of the last purchase"
    usual = summary.spend / summary.units
    return f"last paid {_last_price(facts):,.2f} a piece, {usual:,.2f} on average"


def _returns(facts: Facts, _: Policy) -> str:
    returned, days = facts.summary.returned, facts.summary.return_days
    return f"returns worth {money(returned)} on {in_days(days)}" if returned else "no returns"


def _discounts(facts: Facts, _: Policy) -> str:
    return f"{facts.summary.discounted} of {facts.summary.purchases} purchases with a discount"


def _complaints(facts: Facts, _: Policy) -> str:
    now = counted(facts.complaints_open, "open complaint")
    if facts.care.clock >= 1.0:
        now += " (overdue)"
    if not facts.complaints_past:
        return now
    solved = facts.care.solved
    how = "" if not solved else ", the last solved in time" if solved > 0 else ", the last not well"
    return f"{now}, {facts.complaints_past} before{how}"


def _contract(facts: Facts, _: Policy) -> str:
    left = facts.contract_days
    if left is None:
        return "no contract end on record"
    return (
        f"contract ends in {in_days(left)}" if left >= 0 else f"contract over for {in_days(-left)}"
    )


def _cancel_request(facts: Facts, _: Policy) -> str:
    asked = facts.windows.cancel_requests_30
    if asked:
        times = "" if asked == 1 else f" {asked} times"
        return f"asked to cancel{times} within the last 30 days"
    return "no cancel request"


def _owner(facts: Facts, _: Policy) -> str:
    gap = facts.owner_gap
    if gap is None:
        return "no account manager has left without a successor in contact"
    return f"the account manager left {in_days(int(gap))} ago"


def _base_rate(facts: Facts, policy: Policy) -> str:
    rate = policy.prior.cancellation_rate
    return f"{rate:.0%} of customers cancel within {in_days(policy.horizon_days)}"


OWNER = "owner"
"""The theme of who looks after the customer."""

THEMES: dict[str, Theme] = {
    "silence": Theme(
        ("recency", "overdue", "overdue_longest", "prior_logit", "silence_logit"),
        lambda facts, _: float(facts.recency),
        _silence,
    ),
    "rhythm": Theme(
        (
            "gap_mean",
            "gap_ewma",
            "gap_longest",
            "count_30",
            "count_90",
            "count_decayed",
            "expected_count",
            "gap_ends",
            "gaps_short",
            "activity_trend",
        ),
        lambda facts, _: facts.mean_gap,
        _rhythm,
    ),
    "history": Theme(
        ("tenure", "tenure_curve", "occasions", "one_time"),
        lambda facts, _: float(facts.summary.occasions),
        _history,
    ),
    "spend": Theme(
        ("spend_mean", "spend_last", "spend_ewma", "spend_trend"),
        lambda facts, _: facts.summary.last_spend / MONEY,
        _spend,
    ),
    "prices": Theme(("price_last", "price_trend"), lambda facts, _: _last_price(facts), _prices),
    "weekends": Theme(
        ("weekend_share",),
        lambda facts, _: float(facts.summary.weekends),
        lambda facts, policy: (
            f"{facts.summary.weekends} of {facts.summary.occasions} {activity_noun(policy)} days "
            "at a weekend"
        ),
    ),
    "returns": Theme(
        ("returns_share", "returns_rate"),
        lambda facts, _: facts.summary.returned / MONEY,
        _returns,
    ),
    "discounts": Theme(
        ("discount_share",), lambda facts, _: float(facts.summary.discounted), _discounts
    ),
    "events": Theme(
        ("events_30",),
        lambda facts, _: float(facts.windows.events_30),
        lambda facts, _: f"{counted(facts.windows.events_30, 'event')} in the last 30 days",
    ),
    "channels": Theme(
        ("channels",),
        lambda facts, _: float(facts.channels),
        lambda facts, _: f"uses {counted(facts.channels, 'channel')}",
    ),
    "contacts": Theme(
        ("contacts_30",),
        lambda facts, _: float(facts.windows.contacts_30),
        lambda facts, _: f"{counted(facts.windows.contacts_30, 'contact')} in the last 30 days",
    ),
    "complaints": Theme(
        (
            "complaints_open",
            "complaints_past",
            "complaint_clock",
            "complaint_breaches",
            "complaint_answer",
            "complaint_solved",
            "complaint_compensation",
        ),
        lambda facts, _: float(facts.complaints_open),
        _complaints,
    ),
    "contract": Theme(("contract_left",), lambda facts, _: facts.contract_days or 0.0, _contract),
    "cancel_request": Theme(
        ("cancel_requested",),
        lambda facts, _: float(facts.windows.cancel_requests_30),
        _cancel_request,
    ),
    OWNER: Theme(("owner_gap",), lambda facts, _: facts.owner_gap or 0.0, _owner),
    "base_rate": Theme(
        ("base_rate",), lambda _, policy: policy.prior.cancellation_rate, _base_rate
    ),
}

_THEME_OF = {feature: theme for theme, item in THEMES.items() for feature in item.features}
_UNIT_OF = {
    "silence": "recency",
    "rhythm": "gap_mean",
    "history": "occasions",
    "spend": "spend_last",
    "prices": "price_last",
    "events": "events_30",
    "channels": "channels",
    "contacts": "contacts_30",
    "complaints": "complaints_open",
}
"""The feature of a theme that is the logarithm of its number (`features.scaled`)."""


class _Grouping(NamedTuple):
    """How features fall into themes."""

    themes: tuple[str, ...]
    order: NDArray[np.intp]
    """The features, those of one theme side by side."""
    starts: NDArray[np.intp]
    """Where each theme begins in that order."""


@lru_cache(maxsize=256)
def _grouping(names: tuple[str, ...]) -> _Grouping:
    themes = tuple(dict.fromkeys(map(theme_of, names)))
    places = np.array([themes.index(theme_of(name)) for name in names], dtype=np.intp)
    order = np.argsort(places, kind="stable")
    starts = np.searchsorted(places[order], np.arange(len(themes)))
    return _Grouping(themes, order, starts)
