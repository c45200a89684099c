"""Experts, blend, contest and calibration as one: what they say, and how a day teaches them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from detectors.models.blend import Blend
from detectors.models.block import log_odds_many
from detectors.models.calibration import Calibration
from detectors.models.contest import Contest, Switch
from detectors.models.expert import Expert, Labels, Parts, Rows
from detectors.models.experts import (
    BLEND,
    BLENDED,
    GROUP,
    RULE,
    STAND_INS,
    new_experts,
    restored_expert,
)
from detectors.models.form import Formed, QuadraticForm
from detectors.models.index import Vector
from detectors.models.level import Level
from detectors.models.one_time import OneTime
from detectors.models.rate import Rate
from detectors.models.river_linear import RiverLinear

FORMAT = "ensemble/3"
READABLE = (FORMAT, "ensemble/2", "ensemble/1")
"""Formats that can be read; what an earlier one lacks (`OneTime`, `Level`) begins anew."""


class Lesson(NamedTuple):
    """What a day of labels showed."""

    said: dict[str, Vector]
    """What each model had said of each row before it learned, in log-odds, not calibrated."""
    switches: list[Switch]
    """Who took over, in order."""


class Ensemble:
    """All models of one target. Before any label it says what the prior rule says.

    >>> ensemble = Ensemble.new(offset=-1.0, horizon_days=60)
    >>> rows = Rows(("prior_logit",), np.array([[0.25]]))
    >>> ensemble.speaker, ensemble.log_odds_many(rows, ["new"]).tolist()
    ('prior', [-0.75])
    """

    def __init__(
        self,
        experts: Mapping[str, Expert],
        blend: Blend,
        contest: Contest,
        calibration: Calibration,
        level: Level,
        one_time: OneTime,
    ) -> None:
        self.experts = dict(experts)
        self.blend = blend
        self.contest = contest
        self.calibration = calibration
        self.level = level
        self.one_time = one_time

    @classmethod
    def new(
        cls,
        offset: float,
        horizon_days: int,
        river: Sequence[str] = (),
        *,
        min_labels: int = 300,
    ) -> Self:
        """The models of a target before any label (`offset`, `river`: see `new_experts`)."""
        experts = new_experts(offset, horizon_days, river)
        contest = Contest(RULE, BLEND, horizon_days=horizon_days, min_labels=min_labels)
        blend = Blend([*BLENDED, *river])
        level, one_time = Level(horizon_days), OneTime(horizon_days)
        return cls(experts, blend, contest, Calibration(), level, one_time)

    @property
    def speaker(self) -> str:
        """The name of the model that speaks."""
        return self.contest.speaker

    @property
    def labels(self) -> int:
        """How many labels have been learned."""
        return self.blend.model.labels

    def say(self, rows: Rows) -> dict[str, Vector]:
        """What each expert and the blend say of each row, in log-odds, not calibrated."""
        said = {name: expert.log_odds_many(rows) for name, expert in self.experts.items()}
        said[BLEND] = self.blend.log_odds_many(said)
        return said

    def voice(self, names: Sequence[str]) -> Callable[[Rows], Parts]:
        """What gives the speaker's log-odds of rows of these features, in parts, not calibrated.

        Its level is held back (`Level`). It stays as it is, whatever is learned later.
        """
        form = self._form(names)
        if form is None:
            return self.experts[self.speaker].contributions
        return replace(form, base=form.base + self.level.shift).parts

    def _form(self, names: Sequence[str]) -> QuadraticForm | None:
        """The speaker's log-odds; None for one that counts and has no form."""
        forms = {
            name: expert.form(names)
            for name, expert in self.experts.items()
            if isinstance(expert, Formed)
        }
        return self.blend.combine(forms) if self.speaker == BLEND else forms.get(self.speaker)

    def _level(self) -> float | None:
        """What the speaker says of a row of zeros; None for one that counts and has no form."""
        levels = {
            name: expert.intercept
            for name, expert in self.experts.items()
            if isinstance(expert, Formed)
        }
        return self.blend.level(levels) if self.speaker == BLEND else levels.get(self.speaker)

    def log_odds_many(self, rows: Rows, segments: Sequence[str]) -> Vector:
        """The speaker's calibrated log-odds of each row; `segments` names one for each."""
        return self.contributions(rows, segments).total()

    def contributions(self, rows: Rows, segments: Sequence[str]) -> Parts:
        """The same in parts that add up to it."""
        return self.given_out(self.voice(rows.names)(rows), rows, segments)

    def given_out(self, spoken: Parts, rows: Rows, segments: Sequence[str]) -> Parts:
        """What the speaker's `voice` says of these rows, calibrated, and near the group's rate."""
        calibrated = self.calibration.apply(spoken, segments)
        return self.one_time.lean(calibrated, rows, self._rate)

    @property
    def _rate(self) -> Rate:
        return cast(Rate, self.experts[GROUP])

    def learn_day(
        self,
        day: int,
        rows: Rows,
        labels: Labels,
        segments: Sequence[str],
        groups: NDArray[np.integer[Any]],
        given: Vector | None = None,
    ) -> Lesson:
        """Learn the labels that matured on `day`.

        `groups`: for each row a hash of its customer; `given`: the probability that was given out
        when it was predicted (NaN: none). All models are asked before any learns; the order of the
        rows changes no bit.
        """
        if not len(rows):
            return Lesson({}, [])
        said = self.say(rows)
        switches = self.contest.update(day, said, labels, groups)
        if switches:
            self._begin_speaking()
        self._learn_what_was_spoken(day, said[self.speaker], segments, labels)
        if given is not None:
            self._learn_what_was_given_out(day, given, rows, labels)
        self.blend.learn_block(said, labels)
        for expert in self.experts.values():
            expert.learn_block(rows, labels)
        level = self._level()
        if level is not None:
            self.level.update(day, level, len(rows))
        if self.speaker not in STAND_INS:
            self.one_time.update(day, self._rate)
        return Lesson(said, switches)

    def _learn_what_was_spoken(
        self, day: int, spoken: Vector, segments: Sequence[str], labels: Labels
    ) -> None:
        """First how much of the level lasts, by the calibration so far, then the calibration."""
        finite = np.isfinite(spoken)
        heard = [segment for segment, good in zip(segments, finite, strict=True) if good]
        spoken, labels = spoken[finite], labels[finite]
        steady = self.calibration.log_odds_many(spoken - self.level.deviation, heard)
        self.level.learn_block(day, steady, self.calibration.slope, labels)
        self.calibration.learn_block(spoken + self.level.shift, heard, labels)

    def _learn_what_was_given_out(
        self, day: int, given: Vector, rows: Rows, labels: Labels
    ) -> None:
        """How far the speaker is believed about one-time customers, from all that it said."""
        heard = self._rate.is_one_time(rows) & (given > 0.0) & (given < 1.0)
        ages = self._rate.ages(rows)[heard]
        self.one_time.learn_block(day, ages, log_odds_many(given[heard]), labels[heard])

    def _begin_speaking(self) -> None:
        """Forget what was learned of another speaker."""
        self.calibration = Calibration()
        self.level = Level(self.level.horizon_days)
        self.one_time = OneTime(self.one_time.horizon_days)

    def adopt(self, river: Sequence[str], min_labels: int) -> None:
        """Go on under another policy: with these of River's models, and no others.

        The blend begins anew when its models are not the same; a speaker that is gone gives way to
        the rule.
        """
        self.contest.min_labels = min_labels
        names = (*BLENDED, *river)
        if names == self.blend.names:
            return
        for path in set(self.blend.names).difference(names):
            del self.experts[path]
        for path in set(names).difference(self.experts):
            self.experts[path] = RiverLinear(path)
        self.blend = Blend(names)
        if self.speaker not in {*self.experts, BLEND}:
            self.contest.speaker = RULE
            self._begin_speaking()

    def advance(self, days: float) -> None:
        """Let `days` ≥ 0 pass."""
        for expert in self.experts.values():
            expert.advance(days)
        self.blend.advance(days)
        self.level.advance(days)
        self.one_time.advance(days)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "format": FORMAT,
            "speaker": self.speaker,
            "experts": {name: expert.to_json() for name, expert in self.experts.items()},
            "blend": self.blend.to_json(),
            "contest": self.contest.to_json(),
            "calibration": self.calibration.to_json(),
            "level": self.level.to_json(),
            "one_time": self.one_time.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote: it says and learns the same, to the last bit.

        Raises ValueError naming what does not fit.
        """
        if data.get("format") not in READABLE:
            raise ValueError(f"ensemble format is {data.get('format')!r}: this reads {FORMAT!r}")
        contest = Contest.from_json(data["contest"])
        horizon = contest.horizon_days
        ensemble = cls(
            {name: restored_expert(expert) for name, expert in data["experts"].items()},
            Blend.from_json(data["blend"]),
            contest,
            Calibration.from_json(data["calibration"]),
            Level.from_json(data["level"]) if "level" in data else Level(horizon),
            OneTime.from_json(data["one_time"]) if "one_time" in data else OneTime(horizon),
        )
        known = {*ensemble.experts, BLEND}
        missing = sorted({*ensemble.blend.names, GROUP, ensemble.speaker}.difference(known))
        if missing:
            raise ValueError(f"ensemble lacks the experts {', '.join(missing)}")
        return ensemble
