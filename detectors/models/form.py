"""Quadratic forms: log-odds that are weights times features, squares and products."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.models.expert import Indicators, Parts, Rows
from detectors.models.index import Vector


@dataclass(frozen=True, slots=True)
class QuadraticForm:
    """``base + Σ weight · x + Σ product · x · x′ + Σ weight · category``.

    Sums and multiples of such forms are such forms, so that a blend of experts costs no more to ask
    than one of them.

    >>> form = QuadraticForm(0.5, np.array([1.0, -1.0]), np.array([[0.0, 0.25], [0.25, 0.0]]))
    >>> form.parts(Rows(("gap", "recency"), np.array([[2.0, 4.0]]))).numeric.tolist()
    [[4.0, -2.0]]
    """

    base: float
    weights: Vector
    """d of them, one for each numeric feature."""
    products: Vector
    """d×d and symmetric: a product of two features counts with the sum of both its places."""
    categories: Mapping[str, float] = field(default_factory=dict)
    """Weights by ``name=value``; 0 for those not named."""
    _curved: NDArray[np.intp] = field(init=False)
    """The features that are in a product."""
    _among: Vector = field(init=False)
    """The products of these alone."""

    def __post_init__(self) -> None:
        curved = np.flatnonzero(self.products.any(axis=0))
        object.__setattr__(self, "_curved", curved)
        object.__setattr__(self, "_among", self.products[np.ix_(curved, curved)])

    def parts(self, rows: Rows) -> Parts:
        """The log-odds of rows with these d features; a product's part is halved between the two.

        The last bits of a row do not depend on the others: no matrix product is used, and sums run
        along the memory.
        """
        numeric = rows.matrix * self.weights
        if self._curved.size:
            # `take` keeps rows together; an index would lay the columns out as rows.
            chosen = rows.matrix.take(self._curved, axis=1)
            numeric[:, self._curved] += chosen * (chosen[:, None, :] * self._among).sum(axis=2)
        return Parts(
            np.full(len(rows), self.base),
            numeric,
            [self._category_parts(row) for row in rows.categories],
        )

    def _category_parts(self, row: Indicators) -> dict[str, float]:
        weight = self.categories.get
        return {name: weight(name, 0.0) * share for name, share in row.items()}


def combined(forms: Sequence[QuadraticForm], factors: Sequence[float]) -> QuadraticForm:
    """The sum of forms over the same features, each times its factor."""
    weighed = list(zip(forms, factors, strict=True))
    names = dict.fromkeys(name for form in forms for name in form.categories)
    return QuadraticForm(
        sum(factor * form.base for form, factor in weighed),
        np.asarray(sum(factor * form.weights for form, factor in weighed)),
        np.asarray(sum(factor * form.products for form, factor in weighed)),
        {
            name: sum(factor * form.categories.get(name, 0.0) for form, factor in weighed)
            for name in names
        },
    )


class Formed(ABC):
    """An expert whose log-odds are a quadratic form."""

    @property
    @abstractmethod
    def intercept(self) -> float:
        """The log-odds of a row of zeros: the form's base."""

    @abstractmethod
    def form(self, names: Sequence[str]) -> QuadraticForm:
        """The form over these numeric features, as learned so far."""

    def log_odds_many(self, rows: Rows) -> Vector:
        """Log-odds of each row; the last bits of a row do not depend on the others."""
        return self.contributions(rows).total()

    def contributions(self, rows: Rows) -> Parts:
        """The same in parts."""
        return self.form(rows.names).parts(rows)
