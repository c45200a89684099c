"""One-time customers: how far the speaker is believed about them, beside their group's rate."""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.models.block import sigmoids
from detectors.models.expert import Labels, Parts, Rows
from detectors.models.index import Vector
from detectors.models.rate import Rate

MEMORY_DAYS = 180.0
"""Days over which the usual number of labels is taken (exponentially), and after which all is open
again: the share gets its prior variance back in equal daily parts."""
VARIANCE = 0.25
"""Prior variance of the share."""
EVIDENCE = 200.0
"""As many independent labels a horizon's worth of them counts at most, as in `Level`."""
LEAST = 0.05
"""The share does not fall below: what the speaker had said could not be told any more."""

_Past = tuple[int, float, list[float]]
"""A day, the share, and the log-odds of the one-time groups at its end."""


class OneTime:
    """Holds what the speaker says of one-time customers near the rate of their group.

    Of a customer who came once little is known but the group. What a speaker adds to the group's
    rate, it has from others; whether it holds for these is known a horizon later. So the two are
    compared by what each had said when the label was *predicted*, not when it matures: given out is
    ``rate + share · (speaker - rate)`` in log-odds, calibrated, with the *share*, from `LEAST` to
    1, that explains the labels best. It is 1 until labels say otherwise: all is as the speaker
    says. What another speaker had said does not count: begin anew with each.
    """

    def __init__(self, horizon_days: int) -> None:
        self.horizon_days = horizon_days
        self.share = 1.0
        """Of what the speaker adds to the group's rate, how much is believed."""
        self._variance = VARIANCE
        self._labels = 0.0
        self._days = 0.0
        self._past: list[_Past] = []

    @property
    def is_by_group(self) -> bool:
        """Whether more of what is given out is the group's rate than the speaker's."""
        return self.share < 0.5

    def lean(self, parts: Parts, rows: Rows, rate: Rate) -> Parts:
        """The speaker's parts of these rows, those of one-time customers nearer to the `rate`."""
        once = rate.is_one_time(rows)
        if self.share == 1.0 or not once.any():
            return parts
        kept = np.where(once, self.share, 1.0)
        group = rate.contributions(Rows(rows.names, rows.matrix))
        return Parts(
            kept * parts.base + (1.0 - kept) * group.base,
            kept[:, None] * parts.numeric + (1.0 - kept[:, None]) * group.numeric,
            [
                {name: share * part for name, part in row.items()}
                for share, row in zip(kept.tolist(), parts.categories, strict=False)
            ],
        )

    def learn_block(self, day: int, ages: NDArray[np.intp], given: Vector, labels: Labels) -> None:
        """Learn from labels of one-time customers that matured on `day`.

        `ages`: the age group of each (`Rate.ages`) and `given`: the log-odds that was given out,
        both as of the prediction. One Newton step of the posterior of the share; the order of the
        rows changes no bit.
        """
        then = next((past for past in self._past if past[0] <= day - self.horizon_days), None)
        if then is None or not len(labels):
            return
        self._labels += len(labels)
        _, share, groups = then
        rate = np.array(groups)[ages]
        added = (given - rate) / share
        rates = sigmoids(rate + self.share * added)
        usual = self.horizon_days * self._labels / max(self._days, 1.0)
        weight = min(1.0, EVIDENCE / max(usual, 1.0))
        surprise = float(np.sort(added * (labels - rates)).sum())
        information = float(np.sort(added * added * rates * (1.0 - rates)).sum())
        self._variance = 1.0 / (1.0 / self._variance + weight * information)
        step = self._variance * weight * surprise
        self.share = min(1.0, max(LEAST, self.share + step))

    def update(self, day: int, rate: Rate) -> None:
        """Keep what is given out from the end of `day` on."""
        due = [past for past in self._past if past[0] <= day + 1 - self.horizon_days]
        kept = self._past[: len(self._past) - len(due)]
        self._past = [(day, self.share, rate.one_time_groups().tolist()), *kept, *due[:1]]

    def advance(self, days: float) -> None:
        """Let `days` ≥ 0 pass since the first label: what was learned counts less."""
        if not self._labels:
            return
        self._variance = min(VARIANCE, self._variance + VARIANCE * days / MEMORY_DAYS)
        fade = math.exp(-days / MEMORY_DAYS)
        self._labels *= fade
        self._days = self._days * fade + days

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values; what was given out in the last horizon, newest first."""
        return {
            "horizon_days": self.horizon_days,
            "share": self.share,
            "variance": self._variance,
            "labels": self._labels,
            "days": self._days,
            "past": [list(past) for past in self._past],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for a number that is not finite."""
        one_time = cls(int(data["horizon_days"]))
        one_time.share = float(data["share"])
        one_time._variance = float(data["variance"])
        one_time._labels = float(data["labels"])
        one_time._days = float(data["days"])
        one_time._past = [
            (int(day), float(share), [float(odds) for odds in groups])
            for day, share, groups in data["past"]
        ]
        numbers = [one_time.share, one_time._variance, one_time._labels, one_time._days]
        past = [odds for _, share, groups in one_time._past for odds in (share, *groups)]
        if not all(map(math.isfinite, [*numbers, *past])):
            raise ValueError("one_time holds a number that is not finite")
        return one_time
