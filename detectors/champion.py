"""A published model at work: what it says of rows of features, in parts that add up."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np

from detectors.customer.attributes import is_profile_feature, profile_features
from detectors.customer.features import Vector
from detectors.models.ensemble import Ensemble
from detectors.models.expert import Parts, Rows
from detectors.models.experts import GROUP, RULE
from detectors.models.snapshot import ensemble_of
from schemas.fields import Basis
from schemas.model_snapshot import ModelSnapshot

_NOBODY = ""
"""The segment of the reference: it has the common calibration only."""


class Champion:
    """The models of one target as published at `as_of` (epoch s), from which on they speak.

    Live scores, explanations and audits all go through `parts`, so that they agree to the last bit.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        names: tuple[str, ...],
        reference: Mapping[str, float],
        *,
        as_of: float,
        version: str,
    ) -> None:
        """`names` are the numeric features in packing order; `reference` the population's means."""
        self.ensemble = ensemble
        self.names = names
        self.as_of = as_of
        self.version = version
        self.labels = ensemble.labels
        self.means = np.array([reference.get(name, 0.0) for name in names])
        shares = {name: share for name, share in reference.items() if is_profile_feature(name)}
        rows = Rows(names, self.means[None, :], [shares] if shares else [])
        self._voice = ensemble.voice(names)
        self.reference = ensemble.given_out(self._voice(rows), rows, [_NOBODY])
        """The parts of the reference customer's log-odds."""

    @classmethod
    def of(cls, snapshot: ModelSnapshot, names: tuple[str, ...]) -> Self:
        """The champion in a snapshot. Raises ValueError naming what does not fit."""
        return cls(
            ensemble_of(snapshot),
            names,
            snapshot.reference,
            as_of=snapshot.as_of.timestamp(),
            version=snapshot.version,
        )

    @property
    def basis(self) -> Basis:
        """What a probability of this champion rests on."""
        speaker = self.ensemble.speaker
        return "prior" if speaker == RULE else "group" if speaker == GROUP else "model"

    def basis_of(self, *, is_one_time: bool) -> Basis:
        """What the probability of one customer rests on."""
        by_group = is_one_time and self.ensemble.one_time.is_by_group
        return "group" if by_group else self.basis

    def parts(
        self,
        values: Vector,
        categories: Sequence[Mapping[str, str]],
        segments: Sequence[str],
    ) -> Parts:
        """The log-odds of n customers in parts.

        `values`: n×d in the order of the names; `categories`: the attributes of each; `segments`:
        the segment of each (`segment_of`). The last bits of a row do not depend on the others.
        """
        indicators = [profile_features(item) for item in categories] if any(categories) else []
        rows = Rows(self.names, values, indicators)
        return self.ensemble.given_out(self._voice(rows), rows, segments)
