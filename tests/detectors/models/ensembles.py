"""Ensembles and champions with a made model that speaks from the beginning."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from detectors.champion import Champion
from detectors.customer.features import NAMES
from detectors.models.drift import DriftWatch
from detectors.models.ensemble import Ensemble
from detectors.models.expert import Rows
from detectors.models.index import Features
from detectors.models.linear import Linear
from detectors.models.logistic import SecondOrderLogistic
from detectors.models.quality import QualityWindow
from detectors.models.snapshot import make_snapshot
from schemas.model_snapshot import ModelSnapshot


def spoken_by(
    model: SecondOrderLogistic, labels: int = 900, speaker: str = "linear", horizon_days: int = 60
) -> Ensemble:
    """An ensemble whose linear expert is `model`, and which has learned so many labels."""
    ensemble = Ensemble.new(0.0, horizon_days)
    ensemble.experts["linear"] = Linear(model)
    ensemble.blend.model.labels = labels
    ensemble.contest.speaker = speaker
    return ensemble


def champion_of(
    model: SecondOrderLogistic, as_of: float = 0.0, speaker: str = "linear"
) -> Champion:
    """A champion of the built-in features that speaks by `model`."""
    ensemble = spoken_by(model, speaker=speaker)
    return Champion(ensemble, NAMES, {}, as_of=as_of, version=f"v{as_of}")


def snapshot_of(
    model: SecondOrderLogistic,
    as_of: datetime,
    horizon_days: int = 14,
    reference: Mapping[str, float] | None = None,
) -> ModelSnapshot:
    """The snapshot of an ensemble that speaks by `model`."""
    return make_snapshot(
        spoken_by(model, horizon_days=horizon_days),
        QualityWindow(),
        DriftWatch(),
        target="silence",
        horizon_days=horizon_days,
        as_of=as_of,
        reference=reference,
    )


def rows_of(x: Features) -> Rows:
    """One row of numeric features."""
    return Rows(tuple(map(str, x)), np.array([list(x.values())], dtype=np.float64))
