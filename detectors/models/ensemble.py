"""Experts, blend, contest and calibration as one: what they say, and how a day teaches them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from detectors.models.blend import Blend
from detectors.models.calibration import Calibration
from detectors.models.contest import Contest, Switch
from detectors.models.expert import Expert, Labels, Parts, Rows
from detectors.models.experts import BLEND, BLENDED, RULE, new_experts, restored_expert
from detectors.models.form import Formed
from detectors.models.index import Vector
from detectors.models.river_linear import RiverLinear

FORMAT = "ensemble/1"


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
    ) -> None:
        self.experts = dict(experts)
        self.blend = blend
        self.contest = contest
        self.calibration = calibration

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
        return cls(experts, Blend([*BLENDED, *river]), contest, Calibration())

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

        It stays as it is, whatever is learned later.
        """
        forms = {
            name: expert.form(names)
            for name, expert in self.experts.items()
            if isinstance(expert, Formed)
        }
        if self.speaker == BLEND:
            return self.blend.combine(forms).parts
        if self.speaker in forms:
            return forms[self.speaker].parts
        return self.experts[self.speaker].contributions

    def log_odds_many(self, rows: Rows, segments: Sequence[str]) -> Vector:
        """The speaker's calibrated log-odds of each row; `segments` names one for each."""
        return self.contributions(rows, segments).total()

    def contributions(self, rows: Rows, segments: Sequence[str]) -> Parts:
        """The same in parts that add up to it."""
        return self.calibration.apply(self.voice(rows.names)(rows), segments)

    def learn_day(
        self,
        day: int,
        rows: Rows,
        labels: Labels,
        segments: Sequence[str],
        groups: NDArray[np.integer[Any]],
    ) -> Lesson:
        """Learn the labels that matured on `day`.

        `groups`: for each row a hash of its customer. All models are asked before any learns; the
        order of the rows changes no bit.
        """
        if not len(rows):
            return Lesson({}, [])
        said = self.say(rows)
        switches = self.contest.update(day, said, labels, groups)
        if switches:
            self.calibration = Calibration()
        spoken = said[self.speaker]
        finite = np.isfinite(spoken)
        heard = [segment for segment, good in zip(segments, finite, strict=True) if good]
        self.calibration.learn_block(spoken[finite], heard, labels[finite])
        self.blend.learn_block(said, labels)
        for expert in self.experts.values():
            expert.learn_block(rows, labels)
        return Lesson(said, switches)

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
            self.calibration = Calibration()

    def advance(self, days: float) -> None:
        """Let `days` ≥ 0 pass."""
        for expert in self.experts.values():
            expert.advance(days)
        self.blend.advance(days)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "format": FORMAT,
            "speaker": self.speaker,
            "experts": {name: expert.to_json() for name, expert in self.experts.items()},
            "blend": self.blend.to_json(),
            "contest": self.contest.to_json(),
            "calibration": self.calibration.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote: it says and learns the same, to the last bit.

        Raises ValueError naming what does not fit.
        """
        if data.get("format") != FORMAT:
            raise ValueError(f"ensemble format is {data.get('format')!r}: this reads {FORMAT!r}")
        ensemble = cls(
            {name: restored_expert(expert) for name, expert in data["experts"].items()},
            Blend.from_json(data["blend"]),
            Contest.from_json(data["contest"]),
            Calibration.from_json(data["calibration"]),
        )
        known = {*ensemble.experts, BLEND}
        missing = sorted({*ensemble.blend.names, ensemble.speaker}.difference(known))
        if missing:
            raise ValueError(f"ensemble lacks the experts {', '.join(missing)}")
        return ensemble
