"""River's linear models as experts, named by their import path in the policy."""

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Self

import numpy as np

from detectors.models.expert import Labels, Rows, checked_days
from detectors.models.form import Formed, QuadraticForm

PACKAGE = "river.linear_model"
PERMITTED = ("ALMAClassifier", "LogisticRegression", "PAClassifier", "Perceptron")
"""Those whose log-odds are a sum of weights times values, for two classes."""
RIVER_MODELS = tuple(f"{PACKAGE}.{name}" for name in PERMITTED)
"""Their import paths."""
BOUND = 1e6
"""No weight is ever beyond ±BOUND: a model that runs away loses the contest, it does not break."""


class RiverLinear(Formed):
    """One of River's linear classifiers with its default settings.

    A block is learned label by label in an order of its own, so that the order given changes no
    bit. Its margin is taken as log-odds: `Calibration` straightens it if it speaks.

    >>> RiverLinear("river.linear_model.PAClassifier").log_odds_many(
    ...     Rows(("gap",), np.array([[1.0]]))).tolist()
    [0.0]
    >>> RiverLinear("os.system")
    Traceback (most recent call last):
        ...
    ValueError: model 'os.system' is not permitted: give river.linear_model. and one of \
ALMAClassifier, LogisticRegression, PAClassifier, Perceptron
    """

    kind: ClassVar[str] = "river"

    def __init__(self, path: str) -> None:
        package, _, name = path.rpartition(".")
        if package != PACKAGE or name not in PERMITTED:
            raise ValueError(
                f"model {path!r} is not permitted: "
                f"give {PACKAGE}. and one of {', '.join(PERMITTED)}"
            )
        self.path = path
        self.labels = 0
        # Imported here: it takes over a second, and few policies name any.
        self._model: Any = getattr(import_module(PACKAGE), name)()

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each feature that was learned from."""
        model = self._model
        return dict(model.w if hasattr(model, "w") else model.weights)

    @property
    def intercept(self) -> float:
        """The log-odds when every feature is 0."""
        return float(getattr(self._model, "intercept", 0.0))

    def form(self, names: Sequence[str]) -> QuadraticForm:
        """The margin."""
        weights = self.weights
        return QuadraticForm(
            self.intercept,
            np.array([weights.get(name, 0.0) for name in names]),
            np.zeros((len(names), len(names))),
            weights,
        )

    def learn_block(self, rows: Rows, labels: Labels) -> None:
        """Learn the rows one after the other, sorted by their values."""
        names = rows.category_names()
        keys = np.column_stack([labels, rows.one_hot(names), rows.matrix[:, ::-1]])
        for row in np.lexsort(keys.T):
            x = {name: value for name, value in sorted(rows.features(row).items()) if value}
            self._model.learn_one(x, bool(labels[row]))
        self._hold()
        self.labels += len(labels)

    def advance(self, days: float) -> None:
        """Changes nothing: River's models know no time."""
        checked_days(days)

    def to_json(self) -> dict[str, Any]:
        """Weights, intercept, and how many steps the optimizer has made."""
        model = self._model
        return {
            "kind": self.kind,
            "path": self.path,
            "labels": self.labels,
            "weights": self.weights,
            "intercept": self.intercept,
            "steps": int(model.k) if hasattr(model, "k") else self._iterations(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for a path that is not permitted."""
        expert = cls(str(data["path"]))
        expert.labels = int(data["labels"])
        model = expert._model
        expert._set({str(name): float(weight) for name, weight in data["weights"].items()})
        if hasattr(model, "intercept"):
            model.intercept = float(data["intercept"])
        if hasattr(model, "k"):
            model.k = int(data["steps"])
        elif hasattr(model, "optimizer"):
            model.optimizer.n_iterations = int(data["steps"])
        return expert

    def _iterations(self) -> int:
        optimizer = getattr(self._model, "optimizer", None)
        return 0 if optimizer is None else int(optimizer.n_iterations)

    def _set(self, weights: Mapping[str, float]) -> None:
        model = self._model
        if hasattr(model, "_weights"):
            model._weights.clear()
            model._weights.update(weights)
        else:
            held = model.w if hasattr(model, "w") else model.weights
            held.clear()
            held.update(weights)

    def _hold(self) -> None:
        """Keep weights and intercept within ±BOUND."""
        weights = self.weights
        if any(not abs(weight) <= BOUND for weight in weights.values()):
            self._set({name: _held(weight) for name, weight in weights.items()})
        if hasattr(self._model, "intercept"):
            self._model.intercept = _held(float(self._model.intercept))


def _held(value: float) -> float:
    return 0.0 if math.isnan(value) else min(BOUND, max(-BOUND, value))
