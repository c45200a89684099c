"""Features: what the model sees of a customer as of the end of a day.

Logarithms and ratios of the customer's own rhythm, on a fixed scale: counts, days and money enter
as ``log(1 + x) / 2``, ratios as ``log(a / b)``, shares as they are; all are held within ±6 and on a
grid of 1/16, so that the one byte each kept with a pending prediction is exactly what was scored.
Nothing is standardised by running averages: a score would then depend on who came before.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from detectors.customer.attributes import profile_features
from detectors.customer.facts import Facts
from detectors.customer.gaps import longer_than
from detectors.customer.prior_rule import silence_odds
from detectors.customer.scales import LIMIT
from detectors.customer.state import MONEY, Settled
from detectors.policy import Policy

Vector = NDArray[np.float64]
Rows = NDArray[np.int8]

GRID = 16

NAMES = (
    "recency",
    "tenure",
    "occasions",
    "gap_mean",
    "gap_ewma",
    "gap_longest",
    "overdue",
    "overdue_longest",
    "one_time",
    "spend_mean",
    "spend_last",
    "spend_ewma",
    "spend_trend",
    "returns_share",
    "discount_share",
    "count_30",
    "count_90",
    "events_30",
    "expected_count",
    "channels",
    "contacts_30",
    "complaints_open",
    "complaints_past",
    "contract_left",
    "cancel_requested",
    "prior_logit",
    "count_decayed",
    "returns_rate",
    "activity_trend",
    "gap_ends",
    "price_last",
    "price_trend",
    "tenure_curve",
    "weekend_share",
    "gaps_short",
    "silence_logit",
    "complaint_clock",
    "complaint_breaches",
    "complaint_answer",
    "complaint_solved",
    "complaint_compensation",
    "owner_gap",
)
"""The built-in numeric features, in the order in which they are packed."""

PARTS = ("last", "mean", "curve")
"""The features of each event attribute: its last value, its mean, and the curve of the mean."""

_RATIOS = ("overdue", "overdue_longest", "spend_trend", "price_trend")
"""Features that are the logarithm of a ratio."""
_AS_THEY_ARE = (
    "one_time",
    "returns_share",
    "discount_share",
    "contract_left",
    "cancel_requested",
    "prior_logit",
    "returns_rate",
    "activity_trend",
    "gap_ends",
    "tenure_curve",
    "weekend_share",
    "gaps_short",
    "silence_logit",
    "complaint_clock",
    "complaint_answer",
    "complaint_solved",
)
"""Shares, flags and log-odds. All others are counts, days or money."""

_AT = {name: place for place, name in enumerate(NAMES)}
_LOGARITHMS = [_AT[name] for name in _RATIOS]
_COUNTS = [_AT[name] for name in NAMES if name not in (*_RATIOS, *_AS_THEY_ARE)]


def features_of(customers: Sequence[Facts], prior_logits: Sequence[float], policy: Policy) -> Rows:
    """The numeric features of n customers in the order of `feature_names`, on the grid: n×d.

    `prior_logits`: the prior rule's log-odds of each, less what it says of everybody; all else is
    the same for every target. No row depends on the others.
    """
    silence = silence_odds(customers, policy)
    numbers = [
        _numbers(facts, prior, odds, policy)
        for facts, prior, odds in zip(customers, prior_logits, silence, strict=True)
    ]
    width = len(numbers[0])
    values = np.fromiter(chain.from_iterable(numbers), np.float64, len(numbers) * width)
    values = values.reshape(-1, width)
    values[:, _COUNTS] = np.log1p(np.maximum(values[:, _COUNTS], 0.0)) / 2
    values[:, _LOGARITHMS] = np.log(values[:, _LOGARITHMS])
    values[:, _AT["tenure_curve"]] = values[:, _AT["tenure"]] ** 3 / 6
    own = values[:, len(NAMES) :]
    if own.shape[1]:
        own[:] = np.copysign(np.log1p(np.abs(own)) / 2, own)
        # A parabola, so that 50 and 100 of 100 can differ more than their logarithms do.
        own[:, 2 :: len(PARTS)] = own[:, 1 :: len(PARTS)] ** 2 / 2
    return on_grid(values)


def with_prior(rows: Rows, prior_logits: Sequence[float]) -> Rows:
    """The features that `features_of` gave for one target, for another with its `prior_logits`."""
    changed = rows.copy()
    changed[:, _AT["prior_logit"]] = on_grid(np.array(prior_logits))
    return changed


def _numbers(facts: Facts, prior_logit: float, silence: float, policy: Policy) -> list[float]:
    """The features before logarithms are taken."""
    s, windows = facts.summary, facts.windows
    n = s.occasions
    recency, tenure, gap = facts.recency, facts.tenure, facts.mean_gap
    spend_mean = s.spend / n if n else 0.0
    price_last, price_ratio = prices(s)
    contract = facts.contract_days
    prior, own = policy.prior, policy.features.event_attributes
    return [
        recency,
        tenure,
        n,
        gap,
        s.gap_ewma,
        s.longest_gap,
        (recency + 1) / (gap + 1) if n > 1 else 1.0,
        (recency + 1) / (s.longest_gap + 1) if n > 1 else 1.0,
        n == 1,
        spend_mean / MONEY,
        s.last_spend / MONEY,
        s.spend_ewma / MONEY,
        (max(s.last_spend, 0) + MONEY) / (max(spend_mean, 0) + MONEY),
        s.returned / (s.spend + s.returned) if s.returned and s.spend > 0 else 0.0,
        s.discounted / s.purchases if s.purchases else 0.0,
        windows.occasions_30,
        windows.occasions_90,
        windows.events_30,
        (prior.r + n - 1) / (prior.alpha_days + tenure) * policy.horizon_days,
        facts.channels,
        windows.contacts_30,
        facts.complaints_open,
        facts.complaints_past,
        0.0 if contract is None else 1.0 / (1.0 + max(contract, 0.0) / 30.0),
        windows.cancel_requests_30 > 0,
        prior_logit,
        facts.decayed_count,
        s.return_days / (n + s.return_days) if s.return_days else 0.0,
        activity_trend(facts),
        gap_ends(facts) if policy.target.definition == "silence" else 0.0,
        price_last,
        price_ratio,
        0.0,  # the curve of the tenure
        s.weekends / n if n else 0.0,
        gaps_short(s),
        silence,
        facts.care.clock,
        facts.care.breaches,
        facts.care.answer,
        facts.care.solved,
        facts.care.compensation,
        0.0 if facts.owner_gap is None else facts.owner_gap + 1.0,
        *(_own_numbers(s, own) if own else ()),
    ]


def _own_numbers(summary: Settled, names: Sequence[str]) -> list[float]:
    """Last value and mean of each event attribute, and a place for the curve of the mean."""
    numbers: list[float] = []
    for name in names:
        measure = (summary.measures or {}).get(name)
        if measure is None or not measure.count:
            numbers += [0.0] * len(PARTS)
        else:
            numbers += [measure.last / MONEY, measure.total / measure.count / MONEY, 0.0]
    return numbers


def activity_trend(facts: Facts) -> float:
    """Half of Laplace's trend statistic: above 0 when repeat occasions lie late in the tenure.

    Were they evenly spread, it would have mean 0 and standard deviation 1/2. Cox & Lewis (1966),
    The Statistical Analysis of Series of Events, ch. 3.
    """
    repeats = facts.summary.occasions - 1
    if repeats < 1 or not facts.tenure:
        return 0.0
    mean_age = facts.summary.ages / repeats
    return (mean_age / facts.tenure - 0.5) * sqrt(3.0 * repeats)


def gap_ends(facts: Facts) -> float:
    """-1/2..1/2: how sure a silence as long as the present one ended within 60 days, if so before.

    Of the customer's own gaps that were longer than the silence, the ones that ended, less a half
    of all, over two pseudo-gaps more than all. A feature only where churn is silence: of
    cancellations it says nothing (measured).
    """
    gaps = facts.summary.gaps
    if not gaps:
        return 0.0
    longer = longer_than(gaps, facts.recency)
    ended = longer - longer_than(gaps, facts.recency + 60)
    return (ended - 0.5 * longer) / (longer + 2.0)


def gaps_short(summary: Settled) -> float:
    """-1/2..1/2: the share of gaps up to 30 days, less a half, held back by two pseudo-gaps."""
    if not summary.gaps:
        return 0.0
    gaps = sum(summary.gaps)
    return (0.5 * gaps - longer_than(summary.gaps, 30)) / (gaps + 2.0)


def prices(summary: Settled) -> tuple[float, float]:
    """Spend per piece on the last occasion, and its ratio to all occasions'; 0, 1 without any."""
    if not summary.last_units or not summary.units:
        return 0.0, 1.0
    last = max(summary.last_spend, 0) / summary.last_units
    usual = max(summary.spend, 0) / summary.units
    return last, (last + 1) / (usual + 1)


def on_grid(values: Vector) -> Rows:
    """The nearest multiples of 1/16 within ±6, as counts of 1/16: one byte for each value."""
    held = np.minimum(values, LIMIT)
    np.maximum(held, -LIMIT, out=held)
    held *= GRID
    return np.rint(held, out=held).astype(np.int8)


def as_row(packed: bytes) -> Rows:
    """The features of one customer, held as bytes, as the row that they came from: 1×d."""
    return np.frombuffer(packed, dtype=np.int8)[None, :]


def unpack(packed: bytes | Rows) -> Vector:
    """The values on the grid that `on_grid` counted."""
    counts = np.frombuffer(packed, dtype=np.int8) if isinstance(packed, bytes) else packed
    return counts / GRID


def feature_names(policy: Policy) -> tuple[str, ...]:
    """Names of the numeric features, in packing order."""
    own = policy.features.event_attributes
    return NAMES + tuple(f"{part}:{name}" for name in own for part in PARTS)


def as_mapping(
    names: tuple[str, ...], values: Vector, attributes: Mapping[str, str] | None
) -> dict[str, float]:
    """The features as the model takes them, those of the profile's attributes at the end."""
    x = dict(zip(names, values.tolist(), strict=True))
    x.update(profile_features(attributes or {}))
    return x
