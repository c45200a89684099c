"""Features: what the model sees of a customer as of the end of a day.

Logarithms and ratios of the customer's own rhythm, on a fixed scale: counts, days and money enter
as ``log(1 + x) / 2``, ratios as ``log(a / b)``, shares as they are; all are held within ±6 and on a
grid of 1/16, so that the one byte each kept with a pending prediction is exactly what was scored.
Nothing is standardised by running averages: a score would then depend on who came before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from detectors.customer.attributes import profile_features
from detectors.customer.complaints import is_known, is_open
from detectors.customer.gaps import longer_than
from detectors.customer.history import Windows, decay, summarise, windows_at
from detectors.customer.profiles import profile_at
from detectors.customer.scales import LIMIT, curve, scaled, signed_log
from detectors.customer.state import MONEY, CustomerState, Settled
from detectors.durations import DAY
from detectors.models.laplace import sigmoid
from detectors.models.prior import BgNbd, log_odds_of
from detectors.policy import Policy, Prior
from detectors.targets import Target

Vector = NDArray[np.float64]

Counts = tuple[int, int, int]
"""Occasions after the first, and days from the first to the last of them and until now."""

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
)
"""The built-in numeric features, in the order in which they are packed."""

PARTS = ("last", "mean", "curve")
"""The features of each event attribute: its last value, its mean, and the curve of the mean."""


@dataclass(slots=True)
class Facts:
    """A customer as of the end of `day`: what features, reasons and value are made from."""

    day: int
    summary: Settled
    windows: Windows
    channels: int
    complaints_open: int
    complaints_past: int
    contract_days: float | None
    """Days until the contract ends; None without a contract."""
    prior: float
    """P(churn within the horizon) by the prior rule."""
    parameters: Prior
    """Those of the rule."""
    categories: dict[str, str]
    segment: str
    """The company's own segment of the customer; empty if it states none."""

    @property
    def recency(self) -> int:
        """Days since the last activity."""
        return self.day - self.summary.last_day

    @property
    def tenure(self) -> int:
        """Days since the first activity."""
        return self.day - self.summary.first_day

    @property
    def decayed_count(self) -> float:
        """Occasions, each halved for every `history.HALF_LIFE` days it is old."""
        s = self.summary
        return s.decayed * decay(self.recency) if s.occasions else 0.0

    @property
    def mean_gap(self) -> float:
        """Mean days between occasions; 0 with fewer than two."""
        n = self.summary.occasions
        return (self.summary.last_day - self.summary.first_day) / (n - 1) if n > 1 else 0.0


def facts_at(state: CustomerState, day: int, policy: Policy) -> Facts:
    """The facts as of the end of `day`; nothing later is looked at. The prior is the policy's."""
    end = (day + 1) * DAY - 1e-6
    summary = summarise(state, day)
    windows = windows_at(state.days, day, policy.value.window // DAY)
    profile = profile_at(state, end)
    still_open = sum(is_open(case, end) for case in state.complaints)
    known = sum(is_known(case, end) for case in state.complaints)
    contract = profile.contract_end if profile else 0.0
    return Facts(
        day=day,
        summary=summary,
        windows=windows,
        channels=sum(1 for first in state.channels.values() if first <= day),
        complaints_open=still_open,
        complaints_past=known - still_open + state.past_complaints,
        contract_days=(contract - end) / DAY if contract else None,
        prior=prior_probability(
            summary, day, windows.cancel_requests_30 > 0, policy.target, policy, policy.prior
        ),
        parameters=policy.prior,
        categories=dict(profile.attributes) if profile else {},
        segment=profile.segment if profile else "",
    )


def facts_for(facts: Facts, target: Target, policy: Policy, parameters: Prior) -> Facts:
    """The same facts with the prior of another target, or by other parameters."""
    requested = facts.windows.cancel_requests_30 > 0
    prior = prior_probability(facts.summary, facts.day, requested, target, policy, parameters)
    return replace(facts, prior=prior, parameters=parameters)


def counts_of(facts: Facts) -> Counts:
    """What BG/NBD is asked and fitted with, of a customer with an occasion or more."""
    summary = facts.summary
    return summary.occasions - 1, summary.last_day - summary.first_day, facts.tenure


def prior_probability(
    summary: Settled,
    day: int,
    requested: bool,
    target: Target,
    policy: Policy,
    parameters: Prior,
) -> float:
    """The stated prior rule, by some parameters.

    Silence: BG/NBD's P(no activity in the horizon) on counts; cancellation and upgrade: the base
    rate. A cancel request within 30 days adds `prior.cancel_request_odds` to the log-odds of churn.
    """
    if not target.is_churn:
        return policy.upgrade.rate
    if target.definition == "cancellation" or not summary.occasions:
        probability = parameters.cancellation_rate
    else:
        probability = silence_probability(summary, day, target.horizon_days, parameters)
    if not requested:
        return probability
    return sigmoid(log_odds_of(probability) + parameters.cancel_request_odds)


def prior_offset(policy: Policy, target: Target) -> float:
    """The part of the prior's log-odds that is the same for everybody.

    It is the model's first intercept; ``prior_logit`` is the rest, with a first weight of 1. So the
    model says exactly what the prior says until it has learned something.
    """
    if target.definition == "silence":
        return 0.0
    rate = policy.prior.cancellation_rate if target.is_churn else policy.upgrade.rate
    return log_odds_of(rate)


def silence_probability(summary: Settled, day: int, horizon_days: int, prior: Prior) -> float:
    """BG/NBD's P(no activity in the horizon) of a customer with at least one occasion."""
    return bg_nbd(prior).silence(
        summary.occasions - 1,
        float(summary.last_day - summary.first_day),
        float(day - summary.first_day),
        float(horizon_days),
    )


@lru_cache(maxsize=256)
def bg_nbd(prior: Prior) -> BgNbd:
    """The model of silence with the rule's parameters."""
    return BgNbd(prior.r, prior.alpha_days, prior.a, prior.b)


def numeric_features(facts: Facts, target: Target, policy: Policy) -> list[float]:
    """The built-in features in the order of `NAMES`, then `PARTS` of each event attribute.

    Only ``prior_logit`` depends on the target, whose prior must be that of `facts`.
    """
    s, windows = facts.summary, facts.windows
    n = s.occasions
    recency, tenure, gap = facts.recency, facts.tenure, facts.mean_gap
    spend_mean = s.spend / n if n else 0.0
    expected = (policy.prior.r + n - 1) / (policy.prior.alpha_days + tenure) * policy.horizon_days
    contract = facts.contract_days
    values = [
        scaled(recency),
        scaled(tenure),
        scaled(n),
        scaled(gap),
        scaled(s.gap_ewma),
        scaled(s.longest_gap),
        log((recency + 1) / (gap + 1)) if n > 1 else 0.0,
        log((recency + 1) / (s.longest_gap + 1)) if n > 1 else 0.0,
        1.0 if n == 1 else 0.0,
        scaled(spend_mean / MONEY),
        scaled(s.last_spend / MONEY),
        scaled(s.spend_ewma / MONEY),
        log((max(s.last_spend, 0) + MONEY) / (max(spend_mean, 0) + MONEY)),
        s.returned / (s.spend + s.returned) if s.returned and s.spend > 0 else 0.0,
        s.discounted / s.purchases if s.purchases else 0.0,
        scaled(windows.occasions_30),
        scaled(windows.occasions_90),
        scaled(windows.events_30),
        scaled(expected),
        scaled(facts.channels),
        scaled(windows.contacts_30),
        scaled(facts.complaints_open),
        scaled(facts.complaints_past),
        0.0 if contract is None else 1.0 / (1.0 + max(contract, 0.0) / 30.0),
        1.0 if windows.cancel_requests_30 else 0.0,
        log_odds_of(facts.prior) - prior_offset(policy, target),
        scaled(facts.decayed_count),
        s.return_days / (n + s.return_days) if s.return_days else 0.0,
        activity_trend(facts),
        gap_ends(facts) if policy.target.definition == "silence" else 0.0,
        *prices(s),
        scaled(tenure) ** 3 / 6,
        s.weekends / n if n else 0.0,
        gaps_short(s),
        silence_logit(facts, policy),
    ]
    for name in policy.features.event_attributes:
        measure = (s.measures or {}).get(name)
        if measure is None or not measure.count:
            values += [0.0] * len(PARTS)
        else:
            mean = signed_log(measure.total / measure.count / MONEY)
            values += [signed_log(measure.last / MONEY), mean, curve(mean)]
    return values


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
    longer = longer_than(facts.summary.gaps, facts.recency)
    ended = longer - longer_than(facts.summary.gaps, facts.recency + 60)
    return (ended - 0.5 * longer) / (longer + 2.0)


def gaps_short(summary: Settled) -> float:
    """-1/2..1/2: the share of gaps up to 30 days, less a half, held back by two pseudo-gaps."""
    gaps = sum(summary.gaps)
    return (0.5 * gaps - longer_than(summary.gaps, 30)) / (gaps + 2.0)


def prices(summary: Settled) -> tuple[float, float]:
    """Spend per piece on the last occasion, and against all occasions; 0 without pieces."""
    if not summary.last_units or not summary.units:
        return 0.0, 0.0
    last = max(summary.last_spend, 0) / summary.last_units
    usual = max(summary.spend, 0) / summary.units
    return scaled(last), log((last + 1) / (usual + 1))


def silence_logit(facts: Facts, policy: Policy) -> float:
    """Log-odds of silence by the policy's own parameters, which stay the same for ever."""
    if not facts.summary.occasions or policy.target.definition != "silence":
        return 0.0
    days = policy.target.horizon_days
    return log_odds_of(silence_probability(facts.summary, facts.day, days, policy.prior))


def on_grid(rows: Sequence[Sequence[float]]) -> NDArray[np.int8]:
    """The nearest multiples of 1/16 within ±6, as counts of 1/16: one byte for each value."""
    held = np.array(rows, dtype=np.float64)
    np.minimum(held, LIMIT, out=held)
    np.maximum(held, -LIMIT, out=held)
    held *= GRID
    return np.rint(held, out=held).astype(np.int8)


def unpack(packed: bytes | NDArray[np.int8]) -> Vector:
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
