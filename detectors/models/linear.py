"""The linear experts: second-order logistic on the features, on squares and products, or fixed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from detectors.models.expert import Labels, Rows, checked_days
from detectors.models.form import Formed, QuadraticForm
from detectors.models.index import Vector
from detectors.models.logistic import SecondOrderLogistic

PRIOR_LOGIT = "prior_logit"
"""The feature that holds the prior rule's log-odds, but for `offset`."""
VARIANCE = 0.1
"""Prior variance of every weight."""
DRIFT = 1e-4
"""Variance given back to every weight a day, at a horizon of `DRIFT_HORIZON` or less."""
DRIFT_HORIZON = 7.0
DRIFT_POWER = 3
"""With a longer horizon H the drift is (DRIFT_HORIZON / H) to this power of it: the labels of one
customer then say the same again and again, and a model that follows them unlearns last season."""
INTERCEPT_DRIFT = 2e-3
"""Variance given back to the intercept a day that has the usual number of labels.

The experts alone follow the base rate: two that follow one after the other overshoot."""
MAX_FEATURES = 128

CURVED = (
    "recency",
    "tenure",
    "occasions",
    "gap_ewma",
    "overdue",
    "count_90",
    "spend_ewma",
    "prior_logit",
)
"""The features whose squares and products `curved` sees."""
PRODUCT_SCALE = 0.25
"""A square or product enters with this factor, so that it is of the size of a feature."""


def drift_for(horizon_days: float, drift: float = DRIFT) -> float:
    """Variance given back to every weight a day, when labels take `horizon_days` to mature.

    `drift` is that at a horizon of `DRIFT_HORIZON` or less.

    >>> drift_for(1.0), round(drift_for(70.0), 9)
    (0.0001, 1e-07)
    """
    return drift * min(1.0, DRIFT_HORIZON / horizon_days) ** DRIFT_POWER


def new_model(offset: float, horizon_days: float) -> SecondOrderLogistic:
    """A model that says what the prior rule says until it has learned something."""
    return SecondOrderLogistic(
        prior_variance=VARIANCE,
        drift=drift_for(horizon_days),
        intercept_drift=INTERCEPT_DRIFT,
        prior_mean={PRIOR_LOGIT: 1.0},
        prior_intercept=offset,
        max_features=MAX_FEATURES,
    )


class Prior(Formed):
    """The stated rule: ``offset`` and the feature ``prior_logit``. It learns nothing.

    >>> Prior(offset=-1.0).log_odds_many(Rows(("prior_logit",), np.array([[0.25]]))).tolist()
    [-0.75]
    """

    kind: ClassVar[str] = "prior"

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self.labels = 0

    @property
    def intercept(self) -> float:
        """The offset."""
        return self.offset

    def form(self, names: Sequence[str]) -> QuadraticForm:
        """The rule's log-odds: all of it lies in ``prior_logit``."""
        weights = np.array([float(name == PRIOR_LOGIT) for name in names])
        return QuadraticForm(self.offset, weights, np.zeros((len(names), len(names))))

    def log_odds_many(self, rows: Rows) -> Vector:
        """The rule's log-odds of each row."""
        return self.offset + rows.column(PRIOR_LOGIT)

    def learn_block(self, rows: Rows, labels: Labels) -> None:
        """Counts the labels."""
        self.labels += len(labels)

    def advance(self, days: float) -> None:
        """Changes nothing."""
        checked_days(days)

    def to_json(self) -> dict[str, Any]:
        """Offset and count."""
        return {"kind": self.kind, "offset": self.offset, "labels": self.labels}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        expert = cls(float(data["offset"]))
        expert.labels = int(data["labels"])
        return expert


class Linear(Formed):
    """`SecondOrderLogistic` over the numeric features and the categories' indicators.

    Its first weights say what the prior rule says.
    """

    kind: ClassVar[str] = "linear"

    def __init__(self, model: SecondOrderLogistic) -> None:
        self.model = model

    @property
    def labels(self) -> int:
        """How many labels have been learned."""
        return self.model.labels

    @property
    def intercept(self) -> float:
        """The model's."""
        return self.model.intercept

    def form(self, names: Sequence[str]) -> QuadraticForm:
        """The posterior mean's log-odds."""
        model = self.model
        others = set(model.features).difference(names)
        return QuadraticForm(
            model.intercept,
            model.weights(names),
            np.zeros((len(names), len(names))),
            {name: model.weight(name) for name in others},
        )

    def log_odds_many(self, rows: Rows) -> Vector:
        """Log-odds of each row; the last bits of a row do not depend on the others."""
        odds = self.model.log_odds_many(rows.names, rows.matrix)
        if not rows.categories:
            return odds
        names = rows.category_names()
        weights = dict(zip(names, self.model.weights(names).tolist(), strict=True))
        stated = [
            sum([weights[name] * share for name, share in present.items()])
            for present in rows.categories
        ]
        return np.asarray(odds + stated)

    def learn_block(self, rows: Rows, labels: Labels) -> None:
        """One Laplace step for the whole block."""
        names = rows.category_names()
        if not names:
            self.model.learn_matrix(rows.names, rows.matrix, labels)
            return
        matrix = np.hstack([rows.matrix, rows.one_hot(names)])
        self.model.learn_matrix((*rows.names, *names), matrix, labels)

    def advance(self, days: float) -> None:
        """Gives variance back."""
        self.model.advance(days)

    def to_json(self) -> dict[str, Any]:
        """The model."""
        return {"kind": self.kind, "model": self.model.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        return cls(SecondOrderLogistic.from_json(data["model"]))


class Curved(Formed):
    """`Linear` that sees squares and products of some features too."""

    kind: ClassVar[str] = "curved"

    def __init__(self, model: SecondOrderLogistic, curved: Sequence[str] = CURVED) -> None:
        self.curved = tuple(curved)
        self._linear = Linear(model)

    @property
    def model(self) -> SecondOrderLogistic:
        """The model over features and products."""
        return self._linear.model

    @property
    def labels(self) -> int:
        """How many labels have been learned."""
        return self._linear.labels

    @property
    def intercept(self) -> float:
        """The model's."""
        return self._linear.intercept

    def form(self, names: Sequence[str]) -> QuadraticForm:
        """The posterior mean's log-odds."""
        linear = self._linear.form(names)
        pairs = self._pairs(tuple(names))
        weights = self.model.weights([_product(names[one], names[other]) for one, other in pairs])
        products = np.zeros((len(names), len(names)))
        for (one, other), weight in zip(pairs, weights.tolist(), strict=True):
            products[one, other] += 0.5 * PRODUCT_SCALE * weight
            products[other, one] += 0.5 * PRODUCT_SCALE * weight
        return replace(linear, products=products)

    def log_odds_many(self, rows: Rows) -> Vector:
        """Log-odds of each row; the last bits of a row do not depend on the others."""
        return self._linear.log_odds_many(self._expanded(rows))

    def learn_block(self, rows: Rows, labels: Labels) -> None:
        """One Laplace step for the whole block."""
        self._linear.learn_block(self._expanded(rows), labels)

    def advance(self, days: float) -> None:
        """Gives variance back."""
        self._linear.advance(days)

    def to_json(self) -> dict[str, Any]:
        """The model and its list of features."""
        return {"kind": self.kind, "curved": list(self.curved), "model": self.model.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        model = SecondOrderLogistic.from_json(data["model"])
        return cls(model, [str(name) for name in data["curved"]])

    def _pairs(self, names: tuple[str, ...]) -> list[tuple[int, int]]:
        """Columns of each square and product, in a fixed order."""
        places = [names.index(name) for name in self.curved if name in names]
        return [(one, other) for i, one in enumerate(places) for other in places[i:]]

    def _expanded(self, rows: Rows) -> Rows:
        pairs = self._pairs(rows.names)
        if not pairs:
            return rows
        ones, others = (list(side) for side in zip(*pairs, strict=True))
        products = PRODUCT_SCALE * rows.matrix[:, ones] * rows.matrix[:, others]
        named = tuple(_product(rows.names[one], rows.names[other]) for one, other in pairs)
        matrix = np.hstack([rows.matrix, products])
        return Rows(rows.names + named, matrix, rows.categories)


def _product(one: str, other: str) -> str:
    """What the product of two features is called."""
    return f"{one}*{other}"
