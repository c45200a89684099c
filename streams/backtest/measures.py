"""How good each model was on the judged rows, with intervals, as one table and by cut-off."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.models.evaluation import auc, brier, ece, lift, log_loss
from streams.backtest.judged import Judged
from streams.backtest.resampling import Resampling, interval
from streams.backtest.scored import Floats

OWN = "churnstream"
"""The name of the live system among the models."""
MEASURES = ("auc", "ece", "log_loss", "brier", "lift")


@dataclass(slots=True)
class Predictions:
    """What one model said of the judged rows."""

    name: str
    score: Floats
    """Higher means more likely."""
    is_probability: bool = True
    """Whether calibration and log loss can be asked of it."""
    seconds: float | None = None
    """CPU seconds that it took to learn and to predict."""


def measured(judged: Judged, models: Sequence[Predictions]) -> list[dict[str, Any]]:
    """One document a model; intervals are the middle 95 % over resampled customers.

    ``auc`` is the mean of the AUC of each cut-off, the other measures are over all rows. Those
    after the first are compared with the first on the same resamples: ``auc_behind`` is the first
    one's AUC less theirs, ``log_loss_behind`` their log loss less the first one's.
    """
    if not judged.rows.size:
        return [{"name": model.name} | dict.fromkeys(MEASURES) for model in models]
    resampling = Resampling(judged)
    documents: list[dict[str, Any]] = []
    champion = None
    for model in models:
        draws = resampling.draws(model.score, is_probability=model.is_probability)
        champion = draws if champion is None else champion
        found = _measures(judged, model)
        document: dict[str, Any] = {"name": model.name}
        for name in MEASURES:
            document[name] = _number(found.get(name))
            document[f"{name}_interval"] = _interval(draws.get(name))
        if documents:
            document["auc_behind_interval"] = _interval(champion["auc"] - draws["auc"])
            if "log_loss" in draws:
                behind = draws["log_loss"] - champion["log_loss"]
                document["log_loss_behind_interval"] = _interval(behind)
        document["seconds"] = _number(model.seconds, 3)
        documents.append(document)
    return documents


def by_cutoff(judged: Judged, model: Predictions) -> list[dict[str, Any]]:
    """The measures of one model at each cut-off that is judged, in order of days."""
    documents = []
    for day, rows in judged.by_day.items():
        truth, score = judged.truth[rows], model.score[rows]
        documents.append(
            {
                "cutoff": str(np.datetime64(day, "D")),
                "rows": int(rows.size),
                "base_rate": _number(float(truth.mean())),
                "mean_score": _number(float(score.mean())) if model.is_probability else None,
                "auc": _number(auc(score, truth)),
                "log_loss": _number(log_loss(score, truth)) if model.is_probability else None,
            }
        )
    return documents


def _measures(judged: Judged, model: Predictions) -> dict[str, float]:
    score, truth = model.score, judged.truth
    areas = np.array([auc(score[rows], truth[rows]) for rows in judged.by_day.values()])
    known = areas[~np.isnan(areas)]
    found = {
        "auc": float(known.mean()) if known.size else float("nan"),
        "lift": lift(score, truth),
    }
    if model.is_probability:
        found |= {
            "ece": ece(score, truth),
            "log_loss": log_loss(score, truth),
            "brier": brier(score, truth),
        }
    return found


def _interval(draws: Floats | None) -> list[float | None] | None:
    if draws is None:
        return None
    return [_number(bound) for bound in interval(draws)]


def _number(value: float | None, digits: int = 6) -> float | None:
    """The value for a JSON document: None where it is not defined."""
    return None if value is None or math.isnan(value) else round(value, digits)
