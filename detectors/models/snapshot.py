"""The models of a target and their measured quality as one `ModelSnapshot` (law 8: JSON)."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from detectors.models.drift import DriftWatch
from detectors.models.ensemble import FORMAT, READABLE, Ensemble
from detectors.models.experts import MODELS, RULE
from detectors.models.quality import QualityWindow
from schemas.fields import Target
from schemas.model_snapshot import ModelSnapshot

EMITTED = "emitted"
"""What is measured under this name: the probabilities that were given out."""
SPOKEN = "spoken"
"""And under this one, where none is kept: what the speaker, calibrated, said before it learned."""
MEASURED = (EMITTED, SPOKEN, *MODELS)
"""All that is measured."""


class ModelFormatError(ValueError):
    """A snapshot holds models in a format that this program cannot read."""


def is_outdated(snapshot: ModelSnapshot) -> bool:
    """Whether an older program wrote the models in a format of its own: they cannot go on."""
    found, format_ = str(snapshot.model.get("format")), FORMAT.partition("/")[0]
    return found.partition("/")[0] != format_


def check_format(snapshot: ModelSnapshot) -> None:
    """Raise `ModelFormatError` for models that this program cannot read."""
    found = snapshot.model.get("format")
    if found not in READABLE:
        who = "an older program wrote them" if is_outdated(snapshot) else "run the newer program"
        raise ModelFormatError(
            f"the models of {snapshot.target}-{snapshot.horizon_days:g}d, version "
            f"{snapshot.version}, are in the format {found!r}, this program reads {FORMAT!r}; {who}"
        )


def ensemble_of(snapshot: ModelSnapshot) -> Ensemble:
    """The models of a snapshot.

    Raises `ModelFormatError` for another format, ValueError naming what else does not fit.
    """
    check_format(snapshot)
    return Ensemble.from_json(snapshot.model)


def version_of(model: Mapping[str, Any], as_of: datetime) -> str:
    """Name of a model's state, from nothing but its JSON and `as_of` (time zone aware).

    >>> version_of({"mean": [0.0]}, datetime(2011, 6, 10, tzinfo=UTC))
    '20110610T000000Z-a795d46f78ab'
    """
    if as_of.tzinfo is None:
        raise ValueError(f"as_of is {as_of}: give a time with its offset")
    moment = as_of.astimezone(UTC)
    content = msgspec.json.encode([moment.isoformat(), model], order="sorted")
    return f"{moment:%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:12]}"


def make_snapshot(
    ensemble: Ensemble,
    quality: QualityWindow,
    drift: DriftWatch,
    *,
    target: Target,
    horizon_days: float,
    as_of: datetime,
    positives: int = 0,
    reference: Mapping[str, float] | None = None,
    applied: Mapping[str, list[Any]] | None = None,
) -> ModelSnapshot:
    """The payload for `model-snapshots`.

    `positives`: labels that were True; `reference`: a typical customer, for contributions;
    `applied`: the examples contained, by source partition.
    """
    content = ensemble.to_json()
    return ModelSnapshot(
        version=version_of(content, as_of),
        as_of=as_of,
        target=target,
        horizon_days=horizon_days,
        labels=ensemble.labels,
        ready=ensemble.speaker != RULE,
        positives=positives,
        reference=dict(reference or {}),
        model=content,
        metrics=_measured(quality),
        watch={"quality": quality.to_json(), "drift": drift.to_json()},
        applied=dict(applied or {}),
    )


def _measured(quality: QualityWindow) -> dict[str, Any]:
    """The figures of what was given out or spoken, by segment too, and of each model."""
    metrics: dict[str, Any] = {
        name: {"report": report.to_json()} for name, report in quality.reports().items()
    }
    for name in (EMITTED, SPOKEN):
        if name in metrics:
            by_segment = quality.by_segment(name)
            metrics[name]["segments"] = {
                segment: report.to_json() for segment, report in by_segment.items()
            }
    return metrics
