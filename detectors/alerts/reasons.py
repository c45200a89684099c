"""Reasons: signed contributions turned into sentences with the customer's own numbers."""

from collections.abc import Callable

import numpy as np

from detectors.customer.features import Facts, Vector
from detectors.customer.state import MONEY
from detectors.policy import Policy
from detectors.scoring import Explanation, Score
from schemas.reasons import Change, Reason

MOST = 5
"""Reasons named in an alert."""
FEW = 3
"""Reasons named in a customer's public view."""
SLIGHT = 0.02
"""Contributions smaller than this (log-odds) are not worth a sentence."""


def reasons_of(
    explanation: Explanation, facts: Facts, policy: Policy, most: int = MOST
) -> list[Reason]:
    """The strongest contributions, strongest first."""
    ranked = np.argsort(-np.abs(explanation.parts), kind="stable")[:most].tolist()
    parts, values = explanation.parts.tolist(), explanation.values.tolist()
    names = explanation.names
    return [
        Reason(
            feature=names[index],
            contribution=round(parts[index], 4),
            value=values[index],
            text=sentence(names[index], values[index], facts, policy),
        )
        for index in ranked
        if abs(parts[index]) >= SLIGHT or index == ranked[0]
    ]


def changes_of(
    before: Vector, score: Score, weights: Vector | None, names: tuple[str, ...], policy: Policy
) -> list[Change]:
    """What moved since the last published score, by how much that moved the log-odds.

    `weights` are log-odds per unit of a feature; None ranks by the features' own change.
    """
    moved = score.values - before
    effect = moved if weights is None else moved * weights
    ranked = np.argsort(-np.abs(effect), kind="stable")[:3]
    return [
        Change(
            feature=names[index],
            before=float(before[index]),
            after=float(score.values[index]),
            contribution_change=0.0 if weights is None else round(float(effect[index]), 4),
            text=sentence(names[index], float(score.values[index]), score.facts, policy),
        )
        for index in ranked.tolist()
        if moved[index]
    ]


def sentence(name: str, value: float, facts: Facts, policy: Policy) -> str:
    """One feature of one customer in words."""
    write = _SENTENCES.get(name)
    if write is not None:
        return write(facts, policy)
    part, separator, attribute = name.partition(":")
    if separator:
        measure = (facts.summary.measures or {}).get(attribute)
        if measure is None or not measure.count:
            return f"no {attribute} on record"
        if part == "last":
            return f"last {attribute} was {measure.last / MONEY:g}"
        return f"{attribute} is {measure.total / measure.count / MONEY:.4g} on average"
    category, separator, label = name.partition("=")
    if separator:
        return f"{category} is {label}" if value else f"{category} is not {label}"
    return name.replace("_", " ")


def activity_noun(policy: Policy) -> str:
    """What an occasion is called: the first of the policy's activity kinds."""
    return policy.churn.activity_kinds[0].replace("_", " ")


def days(number: float) -> str:
    """``1 day``, ``12 days``."""
    whole = round(number)
    return "1 day" if whole == 1 else f"{whole} days"


def times(number: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _recency(facts: Facts, policy: Policy) -> str:
    what = activity_noun(policy)
    if facts.recency == 0:
        return f"a {what} today"
    text = f"no {what} for {days(facts.recency)}"
    if facts.summary.occasions > 1:
        return f"{text}; usually every {days(max(facts.mean_gap, 1))}"
    return f"{text}; only one {what} so far"


def _overdue(facts: Facts, policy: Policy) -> str:
    if facts.mean_gap <= 0:
        return f"only one {activity_noun(policy)} so far"
    ratio = facts.recency / max(facts.mean_gap, 1)
    return f"silent for {ratio:.1f} times the usual gap of {days(max(facts.mean_gap, 1))}"


def _overdue_longest(facts: Facts, policy: Policy) -> str:
    longest = facts.summary.longest_gap
    if not longest:
        return f"only one {activity_noun(policy)} so far"
    return f"silent for {days(facts.recency)}; the longest gap before was {days(longest)}"


def _gap(facts: Facts, policy: Policy) -> str:
    if facts.mean_gap <= 0:
        return f"only one {activity_noun(policy)} so far"
    return f"a {activity_noun(policy)} every {days(max(facts.mean_gap, 1))} on average"


def _gap_ewma(facts: Facts, policy: Policy) -> str:
    if facts.mean_gap <= 0:
        return f"only one {activity_noun(policy)} so far"
    return f"lately a {activity_noun(policy)} every {days(max(facts.summary.gap_ewma, 1))}"


def _spend_trend(facts: Facts, _: Policy) -> str:
    mean = _mean_spend(facts)
    return f"last spend {money(facts.summary.last_spend)}, {money(mean)} on average"


def _mean_spend(facts: Facts) -> float:
    return facts.summary.spend / facts.summary.occasions if facts.summary.occasions else 0.0


def money(held: float) -> str:
    """Held money with two decimals, without currency."""
    return f"{held / MONEY:,.2f}"


def _returns(facts: Facts, _: Policy) -> str:
    returned = facts.summary.returned
    return f"returns worth {money(returned)}" if returned else "no returns"


def _discounts(facts: Facts, _: Policy) -> str:
    summary = facts.summary
    return f"{summary.discounted} of {summary.purchases} purchases with a discount"


def _complaints_open(facts: Facts, _: Policy) -> str:
    count = facts.complaints_open
    return f"{count} open complaint{'s' * (count != 1)}" if count else "no open complaint"


def _complaints_past(facts: Facts, _: Policy) -> str:
    count = facts.complaints_past
    return f"{count} past complaint{'s' * (count != 1)}" if count else "no complaint before"


def _contract(facts: Facts, _: Policy) -> str:
    left = facts.contract_days
    if left is None:
        return "no contract end on record"
    return f"contract ends in {days(left)}" if left >= 0 else f"contract ended {days(-left)} ago"


def _prior(facts: Facts, policy: Policy) -> str:
    what, horizon = activity_noun(policy), days(policy.horizon_days)
    if policy.churn.definition == "cancellation":
        return f"{facts.prior:.0%} of customers cancel within {horizon}"
    return f"by its rhythm alone, {facts.prior:.0%} chance of no {what} in {horizon}"


def _expected(facts: Facts, policy: Policy) -> str:
    count = facts.summary.occasions
    return f"{count} {activity_noun(policy)} day{'s' * (count != 1)} in {days(facts.tenure + 1)}"


_SENTENCES: dict[str, Callable[[Facts, Policy], str]] = {
    "recency": _recency,
    "overdue": _overdue,
    "overdue_longest": _overdue_longest,
    "gap_mean": _gap,
    "gap_ewma": _gap_ewma,
    "gap_longest": lambda f, p: f"longest gap so far {days(f.summary.longest_gap)}",
    "tenure": lambda f, p: f"customer for {days(f.tenure)}",
    "occasions": lambda f, p: f"active {times(f.summary.occasions)} so far",
    "one_time": lambda f, p: (
        f"only one {activity_noun(p)} so far" if f.summary.occasions == 1 else "came back before"
    ),
    "spend_mean": lambda f, p: f"spends {money(_mean_spend(f))} an occasion on average",
    "spend_last": lambda f, p: f"last spend {money(f.summary.last_spend)}",
    "spend_ewma": lambda f, p: f"lately spends {money(f.summary.spend_ewma)} an occasion",
    "spend_trend": _spend_trend,
    "returns_share": _returns,
    "discount_share": _discounts,
    "count_30": lambda f, p: f"active on {days(f.windows.occasions_30)} of the last 30",
    "count_90": lambda f, p: f"active on {days(f.windows.occasions_90)} of the last 90",
    "events_30": lambda f, p: f"{f.windows.events_30} events in the last 30 days",
    "expected_count": _expected,
    "channels": lambda f, p: f"uses {f.channels} channel{'s' * (f.channels != 1)}",
    "contacts_30": lambda f, p: (
        f"contacted {times(f.windows.contacts_30)} in 30 days"
        if f.windows.contacts_30
        else "not contacted in 30 days"
    ),
    "complaints_open": _complaints_open,
    "complaints_past": _complaints_past,
    "contract_left": _contract,
    "prior_logit": _prior,
    "base_rate": _prior,
    "cancel_requested": lambda f, p: (
        "asked to cancel within the last 30 days"
        if f.windows.cancel_requests_30
        else "no cancel request"
    ),
}
