"""The archive of models: of every published snapshot what scores, kept as long as alerts are asked.

Of the models' JSON everything is kept but what only learning and the contest need: the contest's
weeks, and the covariances, of each of which the number of its numbers remains, to be restored as
zeros. So the code that restores a snapshot restores an archived model too, whatever experts it is
made of.
"""

from collections.abc import Sequence
from typing import Any

from detectors.models.packing import unpacked
from schemas.archived_model import ArchivedModel
from schemas.model_snapshot import ModelSnapshot

COVARIANCE = "covariance"


def archived(snapshot: ModelSnapshot, names: Sequence[str]) -> ArchivedModel:
    """Of a snapshot what scores; `names` are the numeric features in packing order."""
    return ArchivedModel(
        version=snapshot.version,
        as_of=snapshot.as_of,
        target=snapshot.target,
        horizon_days=snapshot.horizon_days,
        labels=snapshot.labels,
        ready=snapshot.ready,
        names=list(names),
        reference=snapshot.reference,
        scoring=_without_covariances(_without_weeks(snapshot.model)),
    )


def as_snapshot(model: ArchivedModel) -> ModelSnapshot:
    """A snapshot that scores as the archived one did, bit for bit; it must not learn on."""
    return ModelSnapshot(
        version=model.version,
        as_of=model.as_of,
        target=model.target,
        horizon_days=model.horizon_days,
        labels=model.labels,
        ready=model.ready,
        reference=model.reference,
        model=_with_covariances(model.scoring),
    )


def _without_weeks(model: dict[str, Any]) -> dict[str, Any]:
    """The ensemble's JSON with a contest that knows who speaks and nothing else."""
    return {**model, "contest": {**model["contest"], "weeks": []}}


def _without_covariances(value: Any) -> Any:
    """The JSON value in which each member ``covariance`` is only the number of its numbers."""
    if isinstance(value, dict):
        return {
            name: _count(item) if name == COVARIANCE else _without_covariances(item)
            for name, item in value.items()
        }
    return [_without_covariances(item) for item in value] if isinstance(value, list) else value


def _count(covariance: str | list[float]) -> int:
    """How many numbers it holds: older models have them in a list."""
    return len(unpacked(covariance) if isinstance(covariance, str) else covariance)


def _with_covariances(value: Any) -> Any:
    """The JSON value in which each member ``covariance`` is as many zeros as it had numbers."""
    if isinstance(value, dict):
        return {
            name: [0.0] * item if name == COVARIANCE else _with_covariances(item)
            for name, item in value.items()
        }
    return [_with_covariances(item) for item in value] if isinstance(value, list) else value
