"""The open data sets of the quality benchmark, and how each is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detectors.durations import DAY
from detectors.policy import Policy, load_policy
from streams.backtest.judged import Judged
from streams.backtest.scored import Ints
from streams.backtest.targets import AcceptanceTarget, ChurnTarget, Target
from streams.sources.source import Source, load_source

EXAMPLES = Path(__file__).parent.parent / "examples"
LEAST = 5
"""A month with fewer of either outcome is ranked together with the one before it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One data set under one definition of what is predicted."""

    title: str
    folder: str
    """In ``examples/``; its ``policy.toml`` says what is predicted."""
    sources: Sequence[str]
    horizon_days: int | None = None
    """Another horizon than the policy's."""
    offers: bool = False
    """Whether answers to offers are predicted, each when it is made, and ranked by month."""

    @property
    def policy(self) -> Policy:
        """The example's, with the horizon of the case."""
        policy = load_policy(EXAMPLES / self.folder / "policy.toml")
        if self.horizon_days is None:
            return policy
        horizon = self.horizon_days * DAY
        if self.offers:
            return replace(policy, upgrade=replace(policy.upgrade, horizon=horizon))
        return replace(policy, churn=replace(policy.churn, horizon=horizon))

    def target(self, policy: Policy) -> Target:
        """What is predicted."""
        return AcceptanceTarget(policy) if self.offers else ChurnTarget(policy)

    def load(self) -> list[Source]:
        """The sources, to be read once."""
        return [load_source(EXAMPLES / self.folder / name) for name in self.sources]

    @property
    def step(self) -> int:
        """Days from one cut-off to the next."""
        return 1 if self.offers else 7

    def first_judged(self, first_day: int) -> int | None:
        """The first day that is judged; None for the middle of the data.

        Of the offers' months all but the first are judged: the second half has two with more than
        300 offers.
        """
        if not self.offers:
            return None
        months = np.datetime64(first_day, "D").astype("datetime64[M]")
        return int((months + 1).astype("datetime64[D]").astype(np.int64))

    def ranked(self, judged: Judged) -> Judged:
        """`judged` with the cut-offs of the case: days, or for offers calendar months."""
        if not self.offers:
            return judged
        return replace(judged, cutoffs=by_month(judged.days, judged.truth))


CASES: Mapping[str, Case] = {
    "cdnow-90": Case("CDNOW, H=90", "cdnow", ["source.toml"]),
    "cdnow-30": Case("CDNOW, H=30", "cdnow", ["source.toml"], horizon_days=30),
    "online-retail": Case("Online Retail, H=60", "online_retail", ["source.toml"]),
    "oulad": Case(
        "OULAD 2013, cancellation, H=60",
        "oulad",
        ["registrations.toml", "cancellations.toml", "students.toml", "submissions.toml"],
    ),
    "bank": Case("bank by month, H=1", "bank", ["offers.toml", "answers.toml"], offers=True),
    "bank-30": Case(
        "bank by month, H=30", "bank", ["offers.toml", "answers.toml"], horizon_days=30, offers=True
    ),
}


def by_month(days: Ints, truth: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
    """The first day of each day's calendar month; small months (`LEAST`) join the one before.

    >>> days = np.array([0, 1, 31, 32])
    >>> by_month(days, np.array([True, False, True, False])).tolist()
    [0, 0, 0, 0]
    """
    begins = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    months = begins.astype(np.int64)
    before: int | None = None
    for month in np.unique(months).tolist():
        rows = months == month
        yes = int(truth[rows].sum())
        if before is not None and min(yes, int(rows.sum()) - yes) < LEAST:
            months[rows] = before
        else:
            before = month
    return months
