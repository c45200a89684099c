"""Churn probabilities against who really leaves."""

import math

import numpy as np

from benchmarks.truth.case import Case
from detectors.durations import DAY
from detectors.models.evaluation import auc, ece
from schemas.training_example import TrainingExample


def churn(case: Case) -> dict[str, float | None]:
    """AUC and calibration error of what was said in the second half, of the policy's first target.

    Against the label (silent for the horizon), and against the truth (gone within the horizon).
    """
    target = case.policy.target
    left = {row["customer"]: float(row["left"] or math.inf) for row in case.truth("customers")}
    middle = (case.facts["begin"] + case.facts["end"]) / 2
    said: list[float] = []
    labels: list[bool] = []
    truth: list[bool] = []
    for example in case.outputs("training-examples", TrainingExample):
        at = example.at.timestamp()
        mine = (example.target, int(example.horizon_days)) == (
            target.definition,
            target.horizon_days,
        )
        if not mine or at < middle or example.probability is None:
            continue
        said.append(example.probability)
        labels.append(example.label)
        truth.append(left.get(example.customer_id, math.inf) <= at + target.horizon_days * DAY)
    if not said or len(set(labels)) < 2 or len(set(truth)) < 2:
        return {"predictions": len(said)}
    score = np.array(said)
    return {
        "predictions": len(said),
        "silent": round(float(np.mean(labels)), 4),
        "auc": round(auc(score, np.array(labels)), 4),
        "ece": round(ece(score, np.array(labels)), 4),
        "auc_truth": round(auc(score, np.array(truth)), 4),
    }
