"""A model and its measured quality as one `ModelSnapshot`, and back: JSON, never pickle (law 8)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from detectors.models.logistic import SecondOrderLogistic
from detectors.models.prequential import Prequential
from schemas.fields import Target
from schemas.model_snapshot import ModelSnapshot


@dataclass(slots=True)
class Restored:
    """What a snapshot holds, ready to go on."""

    model: SecondOrderLogistic
    metrics: dict[str, Prequential]


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
    model: SecondOrderLogistic,
    metrics: Mapping[str, Prequential],
    *,
    target: Target,
    horizon_days: float,
    as_of: datetime,
    ready: bool = False,
    positives: int = 0,
    reference: Mapping[str, float] | None = None,
    applied: Mapping[str, list[Any]] | None = None,
) -> ModelSnapshot:
    """The payload for `model-snapshots`.

    `metrics` are the measures by the name of what they are about (``"model"``, ``"prior"``, a
    segment); each is stored as ``{"state": …, "report": …}``: to go on with, and to read.
    `ready`: whether the model may speak yet; `positives`: labels that were True; `reference`: a
    typical customer, for contributions; `applied`: the examples contained, by source partition.
    """
    content = model.to_json()
    return ModelSnapshot(
        version=version_of(content, as_of),
        as_of=as_of,
        target=target,
        horizon_days=horizon_days,
        labels=model.labels,
        ready=ready,
        positives=positives,
        reference=dict(reference or {}),
        model=content,
        metrics={
            name: {"state": measure.to_json(), "report": measure.report().to_json()}
            for name, measure in sorted(metrics.items())
        },
        applied=dict(applied or {}),
    )


def restore(snapshot: ModelSnapshot) -> Restored:
    """The model and its measures. Raises ValueError naming what does not fit."""
    return Restored(
        model=SecondOrderLogistic.from_json(snapshot.model),
        metrics={
            name: Prequential.from_json(measure["state"])
            for name, measure in snapshot.metrics.items()
        },
    )
