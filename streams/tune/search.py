"""The search: one thing after the other, each chosen by what it surely gains on the first part.

First the policy as it is, then other horizons, then other review intervals with the best horizon.
All are judged by the same loss, that of the policy's own definition and horizon: with a shorter
horizon more customers would count as lost, and every contact would seem to gain more.

A few customers make much of the revenue, so the highest sum may be one lucky contact. What is
compared is therefore the gain that 97.5 % of all resamples of the customers reach: thresholds by
their gain over the policy as it is, and another horizon or interval only takes the place of the
best so far when it surely gains more than that.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.durations import format_duration
from detectors.economics import CostCurve, cost_curve
from detectors.policy import Business, Policy
from streams.backtest.resampling import RESAMPLES, SEED, customer_weights, interval
from streams.backtest.run import Show
from streams.backtest.scored import Floats
from streams.sources.source import Source
from streams.tune.candidates import Skipped, horizons, intervals
from streams.tune.contacts import contacts_at, contacts_of
from streams.tune.errors import TuneError
from streams.tune.expected import Expected, Weights, expected, within
from streams.tune.parts import Part, Parts, parts_of
from streams.tune.proposal import proposed
from streams.tune.trial import Trial, run_trial

THRESHOLDS = np.arange(1, 100) / 100

Begin = Callable[[str], Show]
"""Told what is tried next; gives what is to be told how many events have been read."""


@dataclass(slots=True)
class Candidate:
    """What came of one trial on the part to choose on, a week."""

    trial: Trial
    curve: CostCurve
    """By `alerts.raise_at`."""
    surely: Floats
    """By threshold: the gain over the policy as it is, in currency units, of all but the worst
    2.5 % of resamples."""
    best: int | None
    """Place of the best threshold in both; None if none gains."""
    net: Floats
    """Net gain of the best threshold in each resample; that of nobody contacted if none gains."""

    def surely_gains_more(self, other: "Candidate") -> bool:
        """Whether its best threshold gains more than that of another in 97.5 % of resamples."""
        return self.best is not None and interval(self.net - other.net)[0] > 0


@dataclass(slots=True)
class Tuning:
    """What was found."""

    policy: Policy
    """As it is."""
    first_day: int
    last_day: int
    parts: Parts
    candidates: list[Candidate]
    """In the order in which they were tried; the first is the policy as it is."""
    skipped: list[Skipped]
    proposal: Policy | None
    why_not: str | None
    """Why nothing is proposed."""
    as_it_is: Expected
    """What the policy as it is comes to on the later part."""
    as_proposed: Expected | None
    """The same of the proposal."""


def check_business(business: Business) -> None:
    """Raise `TuneError` when the policy does not say what a contact costs and brings."""
    missing = [] if business.save_rate else ["save_rate (share of contacted leavers who stay)"]
    if not business.contact_cost and not business.capacity:
        missing.append("contact_cost (currency units) or capacity (contacts a week)")
    if not business.margin:
        missing.append("margin (share of revenue, above 0)")
    if missing:
        raise TuneError(
            "the policy does not say what a contact costs and brings: set in [business] "
            f"{', and '.join(missing)}"
        )


def tune(sources: Sequence[Source], policy: Policy, begin: Begin) -> Tuning:
    """Try, choose and measure. Raises `TuneError`, `SourceError` or `BacktestError`."""
    check_business(policy.business)
    return _Search(sources, policy, begin).tuning()


class _Search:
    """The trials on the same sources; the first one, of the policy as it is, is the measure."""

    def __init__(self, sources: Sequence[Source], policy: Policy, begin: Begin) -> None:
        self._sources = sources
        self._policy = policy
        self._begin = begin
        self._business = policy.business
        self._most = policy.business.capacity or np.inf
        self._own = self._run(policy)
        days = self._own.first_day, self._own.last_day
        self._parts = parts_of(*days, policy.horizon_days, policy.active_days)
        _check_trial(self._own, self._parts)
        self._weights: Weights = customer_weights(self._own.customers, RESAMPLES, SEED)
        self._before = self._expected(self._own, policy, self._parts.chosen_on)
        self._candidates = [self._judged(self._own)]
        self._skipped: list[Skipped] = []

    def tuning(self) -> Tuning:
        """Try all candidates; measure the best one beside the policy as it is."""
        policy, own, later = self._policy, self._own, self._parts.measured_on
        found = self._better(self._candidates[0], horizons(policy, self._parts, own.first_day))
        tried = policy.churn.review_interval
        found = self._better(found, intervals(found.trial.policy, tried, self._parts))
        proposal = as_proposed = None
        why_not = self._why_not(found)
        if why_not is None and found.best is not None:
            raise_at = float(THRESHOLDS[found.best])
            proposal = proposed(found.trial, raise_at, self._parts.chosen_on)
            as_proposed = self._expected(found.trial, proposal, later)
        return Tuning(
            policy=policy,
            first_day=own.first_day,
            last_day=own.last_day,
            parts=self._parts,
            candidates=self._candidates,
            skipped=self._skipped,
            proposal=proposal,
            why_not=why_not,
            as_it_is=self._expected(own, policy, later),
            as_proposed=as_proposed,
        )

    def _better(self, best: Candidate, more: Iterable[Policy | Skipped]) -> Candidate:
        """Try more; the best so far, or what surely gains more."""
        for item in more:
            if isinstance(item, Skipped):
                self._skipped.append(item)
                continue
            candidate = self._judged(self._run(item))
            self._candidates.append(candidate)
            if candidate.surely_gains_more(best):
                best = candidate
        return best

    def _why_not(self, found: Candidate) -> str | None:
        """Why the best candidate is not to be proposed; None if it is."""
        if found.best is None:
            return "no threshold gains: by these numbers a contact costs more than it saves"
        if found.surely[found.best] <= 0 and self._before.contacts <= self._most:
            return "nothing surely gains more than the policy as it is: keep it"
        return None

    def _run(self, policy: Policy) -> Trial:
        churn = policy.churn
        horizon, reviews = map(format_duration, (churn.horizon, churn.review_interval))
        show = self._begin(f"horizon {horizon}, review interval {reviews}")
        return run_trial(self._sources, policy, self._policy.target, show)

    def _expected(self, trial: Trial, policy: Policy, part: Part) -> Expected:
        """What the alerts of a policy come to on a part of its trial."""
        contacts = contacts_of(trial, policy.alerts)
        return expected(trial, contacts, part, self._business, self._weights)

    def _judged(self, trial: Trial) -> Candidate:
        """Which threshold is best on the first part, with no more contacts than the team makes."""
        part, business = self._parts.chosen_on, self._business
        contacts = [within(trial, found, part) for found in contacts_at(trial, THRESHOLDS)]
        curve = cost_curve(THRESHOLDS, contacts, trial.stake, business).per(part.weeks)
        nets = [expected(trial, found, part, business, self._weights).net for found in contacts]
        surely = np.array([interval(net - self._before.net)[0] for net in nets])
        best = curve.best(self._most, surely)
        net = np.zeros(len(self._weights)) if best is None else nets[best]
        return Candidate(trial, curve, surely, best, net)


def _check_trial(trial: Trial, parts: Parts) -> None:
    """Raise `TuneError` when there is nobody to judge, or nothing to lose."""
    for part in (parts.chosen_on, parts.measured_on):
        if not part.holds(trial.days).any():
            first, last = (np.datetime64(day, "D") for day in (part.first, part.last))
            raise TuneError(
                f"no customer was reviewed from {first} to {last}: nothing to tune on; "
                "look at churn.activity_kinds and churn.active_window"
            )
    if not trial.stake.any():
        raise TuneError(
            "no customer has any revenue, so nothing is lost with one: map the amounts of "
            "purchases in the source files (amount, or quantity and unit_price)"
        )
