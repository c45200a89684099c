"""The contest: which model speaks, decided by a sequential test on matured labels.

The rule speaks first. One model, the default, follows it as soon as it is ahead: it is the one that
the rule stands in for. All others must prove to be better than whoever speaks.

Compared are log losses, never by noise alone: labels of one customer and labels of one time are
dependent, so the error of a mean difference is taken from both ways of clustering them (customers
by hash, weeks with Bartlett's weights over a horizon; Cameron, Gelbach & Miller 2011, Newey & West
1987), added up, which errs on the safe side. The bound holds at all times at once: a normal mixture
(Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, eq. 14) with time counted in weeks; with an
estimated variance it is asymptotic (Waudby-Smith et al. 2021).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.models.block import log_losses
from detectors.models.expert import Labels
from detectors.models.index import Vector

FORMAT = "contest/1"
GROUPS = 16
"""Groups of customers, by hash."""
WEEK = 7
KEPT_WEEKS = 26
"""Weeks of maturity that count: what a model did before says little of now."""
MARGIN = 0.002
"""Nats a label by which a challenger must be better for sure."""
ERROR_RATE = 0.01
"""Aim for the chance that a challenger that is no better is ever promoted."""
PATIENCE = 8
"""Weeks in a row in which a speaker may lose to the rule; over as many the default is judged."""
LOSS_CAP = 5.0
"""Nats that one label counts at most, and what a number that is not finite counts."""
_BALANCE = 8.0
"""Weeks at which the bound is tightest."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Another model speaks from `day` (its end) on."""

    day: int
    old: str
    new: str
    reason: str
    """``"ready"`` (the default), ``"better"``, ``"not finite"`` or ``"worse than the rule"``."""
    gain: float | None
    """Nats a label by which the new one was better; None when the old one's were not finite."""
    labels: int
    """Labels behind it."""


@dataclass(slots=True)
class _Week:
    """Sums of the labels that matured within a week, by group of customers."""

    number: int
    labels: Vector
    positives: float
    losses: dict[str, Vector]


class Contest:
    """Who speaks among named models. `rule` is the one that learns nothing; it speaks first.

    `default` takes over from the rule once there are `min_labels` labels, a 40th of them of either
    class, and its mean log loss is lower by `margin`, over the last `PATIENCE` weeks and over all
    that count: that is no test, and can be luck (figures below). A challenger
    is promoted when its mean log loss is lower than the speaker's by more than `margin`, with the
    bound of `error_rate` at all times, the same number of labels, and if it has not just lost to
    the rule for long. A speaker whose numbers are not finite, or that loses to the rule for
    `PATIENCE` weeks in a row, gives way to the rule at once.

    Measured false promotions: of two equal models on 300 customers, with labels that overlap by
    nine weeks, persistent errors and a common season, the challenger was ever promoted within a
    year in 40 of 1,000 simulated worlds (`tests/detectors/models/test_contest.py`). A `default`
    that is no better than the rule took over at some time in 263 of 300, with 1.6 switches a year;
    one that is worse (customers' errors of .7 instead of .4 in log-odds) in 59, one much worse
    (1.0) in 3.

    Judge models by what they say of a label before they learn it.
    """

    def __init__(
        self,
        rule: str = "prior",
        default: str | None = None,
        *,
        horizon_days: int,
        min_labels: int = 300,
        margin: float = MARGIN,
        error_rate: float = ERROR_RATE,
    ) -> None:
        if not 0.0 < error_rate < 1.0:
            raise ValueError(f"error_rate is {error_rate}: give a number between 0 and 1")
        if not 0.0 <= margin < math.inf:
            raise ValueError(f"margin is {margin}: give nats of 0 or more")
        if horizon_days < 1:
            raise ValueError(f"horizon_days is {horizon_days}: give 1 or more")
        self.rule = rule
        self.default = default
        self.horizon_days = horizon_days
        self.min_labels = min_labels
        self.margin = margin
        self.error_rate = error_rate
        self.speaker = rule
        self._weeks: list[_Week] = []
        self._tested = -1

    def update(
        self,
        day: int,
        said: Mapping[str, Vector],
        labels: Labels,
        groups: NDArray[np.integer[Any]],
    ) -> list[Switch]:
        """Take the labels that matured on `day` (a day number); returns the switches, in order.

        `said`: log-odds of each model for each label (NaN for nothing); `groups`: for each label a
        number that is the same for all labels of a customer (a hash). The order of the labels
        changes no bit. Days must not go back. Challengers are tested with the first labels of each
        week; all else is looked at each time.
        """
        if not len(labels):
            return []
        self._add(day // WEEK, said, labels, np.asarray(groups) % GROUPS)
        switches = []
        if self.speaker != self.rule:
            if not _is_finite(said.get(self.speaker)):
                switches.append(self._switch(day, self.rule, "not finite", None))
            elif self._is_losing(self.speaker):
                gain = self._mean_gain(self.rule, self.speaker, self._weeks[-PATIENCE:])
                switches.append(self._switch(day, self.rule, "worse than the rule", gain))
        default = self.default
        if (
            self.speaker == self.rule
            and default is not None
            and _is_finite(said.get(default))
            and self._is_ready(default)
        ):
            gain = self._mean_gain(default, self.rule, self._weeks[-PATIENCE:])
            switches.append(self._switch(day, default, "ready", gain))
        best = self._best_challenger(said) if day // WEEK > self._tested else None
        self._tested = day // WEEK
        if best is not None:
            gain = self._mean_gain(best, self.speaker, self._weeks)
            switches.append(self._switch(day, best, "better", gain))
        return switches

    def losses(self) -> dict[str, float]:
        """Mean log loss of each model over the weeks that count, in nats a label."""
        names = sorted({name for week in self._weeks for name in week.losses})
        means = {}
        for name in names:
            weeks = [week for week in self._weeks if name in week.losses]
            labels = sum(float(week.labels.sum()) for week in weeks)
            means[name] = sum(float(week.losses[name].sum()) for week in weeks) / labels
        return means

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "format": FORMAT,
            "rule": self.rule,
            "default": self.default,
            "speaker": self.speaker,
            "tested": self._tested,
            "horizon_days": self.horizon_days,
            "min_labels": self.min_labels,
            "margin": self.margin,
            "error_rate": self.error_rate,
            "weeks": [
                {
                    "number": week.number,
                    "labels": week.labels.tolist(),
                    "positives": week.positives,
                    "losses": {name: sums.tolist() for name, sums in sorted(week.losses.items())},
                }
                for week in self._weeks
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"contest format is {data.get('format')!r}: this reads {FORMAT!r}")
        contest = cls(
            str(data["rule"]),
            None if data["default"] is None else str(data["default"]),
            horizon_days=int(data["horizon_days"]),
            min_labels=int(data["min_labels"]),
            margin=float(data["margin"]),
            error_rate=float(data["error_rate"]),
        )
        contest.speaker = str(data["speaker"])
        contest._tested = int(data["tested"])
        contest._weeks = [
            _Week(
                int(week["number"]),
                np.array(week["labels"], dtype=np.float64),
                float(week["positives"]),
                {name: np.array(sums, dtype=np.float64) for name, sums in week["losses"].items()},
            )
            for week in data["weeks"]
        ]
        return contest

    def _add(
        self,
        number: int,
        said: Mapping[str, Vector],
        labels: Labels,
        groups: NDArray[np.integer[Any]],
    ) -> None:
        if not self._weeks or self._weeks[-1].number < number:
            self._weeks.append(_Week(number, np.zeros(GROUPS), 0.0, {}))
        week = self._weeks[-1]
        self._weeks = [w for w in self._weeks if w.number > week.number - KEPT_WEEKS]
        first = not week.labels.any()
        # One that joins within a week waits for the next.
        judged = [name for name in said if first or name in week.losses]
        sums = _sums(np.array([said[name] for name in judged]), labels, groups)
        for name, more in zip(judged, sums, strict=True):
            week.losses[name] = week.losses.get(name, np.zeros(GROUPS)) + more
        for name in week.losses.keys() - said.keys():
            week.losses[name] = week.losses[name] + LOSS_CAP * np.bincount(groups, minlength=GROUPS)
        week.labels += np.bincount(groups, minlength=GROUPS)
        week.positives += float(labels.sum())

    def _switch(self, day: int, new: str, reason: str, gain: float | None) -> Switch:
        old, self.speaker = self.speaker, new
        labels = int(sum(float(week.labels.sum()) for week in self._weeks))
        return Switch(day, old, new, reason, gain, labels)

    def _best_challenger(self, said: Mapping[str, Vector]) -> str | None:
        """The best of the challengers that are better for sure."""
        better = [
            (-self._mean_gain(name, self.speaker, self._weeks), name)
            for name in said
            if name != self.speaker
            and _is_finite(said[name])
            and self._is_better(name)
            and (name == self.rule or not self._is_losing(name))
        ]
        return min(better)[1] if better else None

    def _shared(self, one: str, other: str, weeks: Sequence[_Week]) -> list[_Week]:
        return [week for week in weeks if one in week.losses and other in week.losses]

    def _mean_gain(self, one: str, other: str, weeks: Sequence[_Week]) -> float:
        """By how much `one` is better than `other`, in nats a label."""
        shared = self._shared(one, other, weeks)
        labels = sum(float(week.labels.sum()) for week in shared)
        gain = sum(float((week.losses[other] - week.losses[one]).sum()) for week in shared)
        return gain / labels if labels else 0.0

    def _is_losing(self, name: str) -> bool:
        """Whether it has lost to the rule in each of the last weeks, and by the margin in all."""
        weeks = self._shared(name, self.rule, self._weeks)[-PATIENCE:]
        if len(weeks) < PATIENCE or self._mean_gain(self.rule, name, weeks) <= self.margin:
            return False
        return all(self._mean_gain(self.rule, name, [week]) > 0.0 for week in weeks)

    def _is_enough(self, weeks: Sequence[_Week]) -> bool:
        """Whether there are labels enough, of both classes."""
        labels = sum(float(week.labels.sum()) for week in weeks)
        positives = sum(week.positives for week in weeks)
        least = self.min_labels / 40
        return labels >= self.min_labels and min(positives, labels - positives) >= least

    def _is_ready(self, name: str) -> bool:
        """Whether labels are enough and it is ahead of the rule, lately and over all weeks."""
        weeks = self._shared(name, self.rule, self._weeks)
        recently = self._mean_gain(name, self.rule, weeks[-PATIENCE:]) > self.margin
        ahead = recently and self._mean_gain(name, self.rule, weeks) > self.margin
        return ahead and self._is_enough(weeks)

    def _is_better(self, name: str) -> bool:
        """Whether it is better than the speaker by more than the margin, for sure."""
        weeks = self._shared(name, self.speaker, self._weeks)
        if len(weeks) < 2 or not self._is_enough(weeks):
            return False
        counts = np.array([week.labels for week in weeks])
        labels = float(counts.sum())
        speaker = self.speaker
        gains = np.array([week.losses[speaker] - week.losses[name] for week in weeks])
        surplus = float(gains.sum()) - self.margin * labels
        if surplus <= 0.0:
            return False
        residuals = gains - float(gains.sum()) / labels * counts
        variance = _by_groups(residuals) + self._by_weeks(residuals)
        stretch = (len(weeks) + _BALANCE) / len(weeks)
        mixed = math.log1p(math.sqrt((len(weeks) + _BALANCE) / _BALANCE) / (2.0 * self.error_rate))
        return surplus > math.sqrt(2.0 * variance * stretch * mixed)

    def _by_weeks(self, residuals: Vector) -> float:
        """Variance of the sum from the weeks, which are dependent within a horizon."""
        sums = residuals.sum(axis=1)
        lags = min(math.ceil(self.horizon_days / WEEK), len(sums) - 1)
        variance = float(sums @ sums)
        for lag in range(1, lags + 1):
            variance += 2.0 * (1.0 - lag / (lags + 1.0)) * float(sums[lag:] @ sums[:-lag])
        return max(0.0, variance)


def _is_finite(log_odds: Vector | None) -> bool:
    return log_odds is not None and bool(np.isfinite(log_odds).all())


def _by_groups(residuals: Vector) -> float:
    """Variance of the sum from the groups of customers."""
    sums = residuals.sum(axis=0)
    return float(sums @ sums) * GROUPS / (GROUPS - 1.0)


def _sums(log_odds: Vector, labels: Labels, groups: NDArray[np.integer[Any]]) -> Vector:
    """Losses of models × labels summed by group, in an order of their own: models × groups."""
    models = len(log_odds)
    finite = np.isfinite(log_odds)
    losses = log_losses(np.where(finite, log_odds, 0.0), labels)
    losses = np.minimum(np.where(finite, losses, LOSS_CAP), LOSS_CAP).ravel()
    places = (np.arange(models)[:, None] * GROUPS + groups).ravel()
    order = np.lexsort((losses, places))
    sums = np.bincount(places[order], losses[order], models * GROUPS)
    return np.asarray(sums.reshape(models, GROUPS), dtype=np.float64)
