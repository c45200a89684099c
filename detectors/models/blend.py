"""The blend: second-order logistic over what the experts say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from detectors.models.expert import Labels
from detectors.models.form import QuadraticForm, combined
from detectors.models.index import Vector
from detectors.models.logistic import SecondOrderLogistic

VARIANCE = 0.005
"""Prior variance of an expert's weight."""
INTERCEPT_VARIANCE = 1e-6
"""Prior variance of the intercept: it stays near 0, for the experts follow the base rate already.

Nothing drifts: the weights do not chase a season."""

Said = Mapping[str, Vector]
"""What each expert says of the same rows, in log-odds; NaN where it says nothing."""


class Blend:
    """Weights for experts, learned from what they say of a label before they learn it.

    They must be asked anew when the label matures. What they had said a horizon ago holds errors
    that they have corrected since: a blend that learns from it corrects them once more, and swings.

    It begins as the mean of their log-odds. Its log-odds are ``intercept + Σ weight · said``, so
    its contributions are theirs, weighted. What an expert did not say (NaN, or a name that is not
    there) counts as the mean of what the others said of that row.
    """

    def __init__(self, names: Sequence[str], model: SecondOrderLogistic | None = None) -> None:
        if not names:
            raise ValueError("a blend needs the name of one expert or more")
        self.names = tuple(names)
        self.model = model or SecondOrderLogistic(
            prior_variance=VARIANCE,
            intercept_variance=INTERCEPT_VARIANCE,
            drift=0.0,
            intercept_drift=0.0,
            prior_mean=dict.fromkeys(self.names, 1.0 / len(self.names)),
            max_features=len(self.names),
        )

    def weights(self) -> dict[str, float]:
        """The weight of each expert now."""
        return {name: self.model.weight(name) for name in self.names}

    def log_odds_many(self, said: Said) -> Vector:
        """Log-odds of each row."""
        return self.model.log_odds_many(self.names, self._matrix(said))

    def learn_block(self, said: Said, labels: Labels) -> None:
        """Learn from labels and what the experts say of them, who do not know them yet."""
        self.model.learn_matrix(self.names, self._matrix(said), labels)

    def combine(self, forms: Mapping[str, QuadraticForm]) -> QuadraticForm:
        """The experts' forms, weighted: the blend's own."""
        weights = self.weights()
        form = combined([forms[name] for name in self.names], list(weights.values()))
        return replace(form, base=form.base + self.model.intercept)

    def level(self, levels: Mapping[str, float]) -> float:
        """The log-odds of a row of which the experts say `levels`: the base of `combine`."""
        said = sum(weight * levels[name] for name, weight in self.weights().items())
        return said + self.model.intercept

    def advance(self, days: float) -> None:
        """Gives variance back."""
        self.model.advance(days)

    def to_json(self) -> dict[str, Any]:
        """Names and model."""
        return {"names": list(self.names), "model": self.model.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError naming what does not fit."""
        names = [str(name) for name in data["names"]]
        return cls(names, SecondOrderLogistic.from_json(data["model"]))

    def _matrix(self, said: Said) -> Vector:
        rows = max((len(values) for values in said.values()), default=0)
        nothing = np.full(rows, np.nan)
        matrix = np.column_stack([said.get(name, nothing) for name in self.names])
        matrix = np.asarray(matrix, dtype=np.float64)
        heard = np.isfinite(matrix)
        if not heard.all():
            filled = np.where(heard, matrix, 0.0)
            means = filled.sum(axis=1) / np.maximum(heard.sum(axis=1), 1)
            matrix = np.where(heard, matrix, means[:, None])
        return matrix
