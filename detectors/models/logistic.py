"""The default model: one-pass, second-order logistic regression over named features."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from river import base

from detectors.models.block import block_step
from detectors.models.index import FeatureIndex, Features, Vector
from detectors.models.laplace import laplace_step, sigmoid
from detectors.models.pace import Pace
from detectors.models.packing import packed, unpacked

FORMAT = "second-order-logistic/3"
_WITHOUT_PACE = "second-order-logistic/1"
_OLDER = (_WITHOUT_PACE, "second-order-logistic/2")
"""Earlier formats, still read: the covariance was a list; the pace of the first begins anew."""


class SecondOrderLogistic(base.Classifier):
    """Online Laplace logistic regression: a mean and a full covariance, one pass, no step size.

    The weights have a Gaussian distribution. A label moves its mean to the mode of (distribution
    × likelihood) and its precision by the likelihood's curvature there (Spiegelhalter & Lauritzen
    1990): exact for one label, no learning rate, no epochs. `advance` gives variance back as time
    passes, so that the model follows the world; nothing is ever forgotten by a factor.

    Predictions are the plain posterior mean, **not** moderated for uncertainty (MacKay 1992):
    contributions then add up to the log-odds exactly. `uncertainty` is reported beside them.

    Features get a weight when they are first learned from; a missing feature counts as 0. Scaling
    is the caller's (fixed scaling: running standardisation makes online models worse). Values must
    be finite; beyond ±1,000 they count as ±1,000. Once `max_features` features have a weight,
    further ones are ignored, not hashed: they contribute exactly 0, and no two share a weight.

    Parameters
    ----------
    prior_variance
        Variance of every weight before any label; > 0. Small values trust the prior means longer.
    intercept_variance
        The same for the intercept.
    drift
        Variance given back to every weight a day, up to its prior variance, when labels come: days
        with fewer labels than usual count for less (`Pace`); ≥ 0.
    intercept_drift
        The same for the intercept, up to `intercept_variance`.
    prior_mean
        Weights before any label, by feature; 0 for features not named.
    prior_intercept
        The intercept before any label, in log-odds.
    max_features
        How many features may have a weight; the snapshot grows with its square.

    Examples
    --------
    >>> model = SecondOrderLogistic(prior_mean={"prior_logit": 1.0})
    >>> round(model.predict_proba_one({"prior_logit": 0.8})[True], 3)
    0.69
    >>> for _ in range(20):
    ...     model.learn_one({"prior_logit": 0.8, "late": 1.0}, True)
    ...     model.learn_one({"prior_logit": 0.8, "late": 0.0}, False)
    >>> model.predict_one({"prior_logit": 0.8, "late": 1.0})
    True
    >>> sorted(model.contributions({"prior_logit": 0.8, "late": 1.0}))
    ['late', 'prior_logit']
    >>> SecondOrderLogistic.from_json(model.to_json()).labels
    40
    """

    def __init__(
        self,
        prior_variance: float = 1.0,
        intercept_variance: float = 1.0,
        drift: float = 1e-4,
        intercept_drift: float = 1e-3,
        prior_mean: dict[str, float] | None = None,
        prior_intercept: float = 0.0,
        max_features: int = 128,
    ) -> None:
        for name, variance in (
            ("prior_variance", prior_variance),
            ("intercept_variance", intercept_variance),
        ):
            if not 0.0 < variance < math.inf:
                raise ValueError(f"{name} is {variance}: give a number above 0")
        for name, rate in (("drift", drift), ("intercept_drift", intercept_drift)):
            if not 0.0 <= rate < math.inf:
                raise ValueError(f"{name} is {rate}: give a variance per day of 0 or more")
        if max_features < len(prior_mean or {}):
            raise ValueError(f"max_features is {max_features}: fewer than prior_mean has")
        self.prior_variance = prior_variance
        self.intercept_variance = intercept_variance
        self.drift = drift
        self.intercept_drift = intercept_drift
        self.prior_mean = prior_mean
        self.prior_intercept = prior_intercept
        self.max_features = max_features
        self.labels = 0
        self._pace = Pace()
        self._index = FeatureIndex(max_features)
        self._mean: Vector = np.array([prior_intercept], dtype=np.float64)
        self._covariance: Vector = np.array([[intercept_variance]], dtype=np.float64)
        # Known from the start, so that they count before the first label.
        self._grow(prior_mean or ())

    @property
    def features(self) -> tuple[str, ...]:
        """The features that have a weight, in the order of the snapshot."""
        return tuple(self._index.slots)

    @property
    def intercept(self) -> float:
        """The log-odds when every feature is 0."""
        return float(self._mean[0])

    def weight(self, feature: str) -> float:
        """The mean weight of a feature, per unit of it, in log-odds; 0 when it has none."""
        slot = self._index.slots.get(feature)
        return 0.0 if slot is None else float(self._mean[slot])

    def log_odds(self, x: Features) -> float:
        """Log-odds of True for `x`. Raises ValueError for a value that is not finite."""
        return float(self._index.vector(x)[0].dot(self._mean))

    def predict_proba_one(self, x: Features, **kwargs: Any) -> dict[Any, float]:
        """Probability of False and of True for `x`."""
        probability = sigmoid(self.log_odds(x))
        return {False: 1.0 - probability, True: probability}

    def contributions(self, x: Features, reference: Features | None = None) -> dict[str, float]:
        """Signed part of each feature in the log-odds of `x`.

        Without a reference they and the intercept sum to ``log_odds(x)``; with one (a typical
        customer, or the same one earlier) they sum to ``log_odds(x) − log_odds(reference)``.
        The keys are those of `x`, then those only in `reference`.
        """
        parts = self._parts(x)
        if reference is not None:
            for name, part in self._parts(reference).items():
                parts[name] = parts.get(name, 0.0) - part
        return parts

    def uncertainty(self, x: Features) -> float:
        """Posterior variance of the log-odds of `x`; features without a weight add their prior."""
        vector, unplaced = self._index.vector(x)
        learned = max(0.0, float(self._covariance.dot(vector).dot(vector)))
        return learned if self._index.full else learned + self.prior_variance * unplaced

    def learn_one(self, x: Features, y: Any) -> None:
        """Learn from one label: True or False (or 1 or 0)."""
        if y not in (0, 1):
            raise ValueError(f"label is {y!r}: give True or False")
        vector, _ = self._index.vector(x)  # rejects bad values before anything changes
        if not self._index.full and self._index.unplaced(x):
            self._grow(x)
            vector, _ = self._index.vector(x)
        self._loosen(1)
        direction = self._covariance.dot(vector)
        variance = max(0.0, float(vector.dot(direction)))
        gradient, curvature = laplace_step(float(vector.dot(self._mean)), variance, bool(y))
        self._mean += gradient * direction
        # The product of one vector with itself is symmetric to the last bit.
        direction *= math.sqrt(curvature / (1.0 + curvature * variance))
        self._covariance -= direction[:, None] * direction
        self.labels += 1

    def learn_block(self, rows: Sequence[Features], labels: Sequence[Any]) -> None:
        """Learn from a block of labels at once: the mode and the curvature of all of them.

        The order of the rows changes no bit; one row is learned as by `learn_one`, up to rounding.
        A block costs a fraction of as many `learn_one`. Raises ValueError as `learn_one` does,
        before anything changes.
        """
        checked = _labels(labels, len(rows))
        for x in rows:
            self._index.vector(x)  # rejects bad values before anything changes
        if not len(rows):
            return
        self._grow(name for x in rows for name in x)
        self._learn_design(np.array([self._index.vector(x)[0] for x in rows]), checked)

    def learn_matrix(
        self, names: Sequence[str], matrix: ArrayLike, labels: Sequence[Any] | ArrayLike
    ) -> None:
        """`learn_block` for rows that all have the same features: `matrix` is n×d, d names.

        A name without a weight gets one, as in `learn_one`.
        """
        values = self._index.checked(names, matrix)
        checked = _labels(labels, len(values))
        if not len(values):
            return
        self._grow(names)
        self._learn_design(self._index.design(names, values), checked)

    def log_odds_many(self, names: Sequence[str], matrix: ArrayLike) -> Vector:
        """Log-odds of True for each row of `matrix` (n×d, d names).

        A row has the same last bit whatever the others are: no matrix product is used.
        """
        values = self._index.checked(names, matrix)
        return np.asarray(self._mean[0] + (values * self.weights(names)).sum(axis=1))

    def weights(self, names: Sequence[str]) -> Vector:
        """The mean weights of several features, as `weight` gives them."""
        return self._index.gathered(names, self._mean)

    def _learn_design(self, design: Vector, labels: NDArray[np.bool_]) -> None:
        self._loosen(len(labels))
        self._mean, self._covariance = block_step(self._mean, self._covariance, design, labels)
        self.labels += len(labels)

    def advance(self, days: float) -> None:
        """Let `days` pass; what they are worth shows when labels come (`Pace`).

        Time is the caller's, so that learning stays reproducible. Raises ValueError if `days` is
        negative or not finite.
        """
        if not 0.0 <= days < math.inf:
            raise ValueError(f"days is {days}: give a number of 0 or more")
        self._pace.advance(days)

    def _loosen(self, labels: int) -> None:
        """Give the weights their variance back, as `labels` more are about to be learned."""
        days = self._pace.days_for(labels)
        if not days:
            return
        variances = np.einsum("ii->i", self._covariance)
        weights = variances[1:]
        given = np.minimum(weights + self.drift * days, self.prior_variance)
        np.maximum(weights, given, out=weights)
        loosened = min(variances[0] + self.intercept_drift * days, self.intercept_variance)
        variances[0] = max(variances[0], loosened)

    def to_json(self) -> dict[str, Any]:
        """The whole model as JSON values: the upper triangle of the covariance, row by row."""
        return {
            "format": FORMAT,
            "prior_variance": self.prior_variance,
            "intercept_variance": self.intercept_variance,
            "drift": self.drift,
            "intercept_drift": self.intercept_drift,
            "prior_mean": self.prior_mean,
            "prior_intercept": self.prior_intercept,
            "max_features": self.max_features,
            "labels": self.labels,
            "pace": self._pace.to_json(),
            "features": list(self._index.slots),
            "mean": self._mean.tolist(),
            "covariance": packed(self._covariance[_upper(len(self._mean))]),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The model that `to_json` wrote: same predictions and same learning, to the last bit.

        Raises ValueError naming what does not fit.
        """
        if data.get("format") not in (FORMAT, *_OLDER):
            raise ValueError(f"model format is {data.get('format')!r}: this reads {FORMAT!r}")
        known = data.keys() | ({"pace"} if data["format"] == _WITHOUT_PACE else set())
        missing = sorted(_KEYS - known)
        if missing:
            raise ValueError(f"model lacks {', '.join(missing)}")
        model = cls(
            prior_variance=data["prior_variance"],
            intercept_variance=data["intercept_variance"],
            drift=data["drift"],
            intercept_drift=data["intercept_drift"],
            prior_mean=data["prior_mean"],
            prior_intercept=data["prior_intercept"],
            max_features=data["max_features"],
        )
        names = list(data["features"])
        size = len(names) + 1
        mean = np.array(data["mean"], dtype=np.float64)
        kept = data["covariance"]
        upper = unpacked(kept) if isinstance(kept, str) else np.array(kept, dtype=np.float64)
        if len(set(names)) != len(names) or mean.shape != (size,):
            raise ValueError(f"model has {len(names)} features and {mean.size} means")
        if upper.shape != (size * (size + 1) // 2,):
            raise ValueError(f"model has {upper.size} covariances for {len(names)} features")
        if not (np.isfinite(mean).all() and np.isfinite(upper).all()):
            raise ValueError("model holds a number that is not finite")
        covariance = np.zeros((size, size))
        places = _upper(size)
        covariance[places] = covariance.T[places] = upper
        model._index = FeatureIndex(model.max_features, names)
        model._mean = mean
        model._covariance = covariance
        model.labels = int(data["labels"])
        if "pace" in data:
            model._pace = Pace.from_json(data["pace"])
        return model

    def _parts(self, x: Features) -> dict[str, float]:
        slots = self._index.slots
        products = (self._index.vector(x)[0] * self._mean).tolist()
        return {name: products[slots[name]] if name in slots else 0.0 for name in x}

    def _grow(self, names: Iterable[str]) -> None:
        added = self._index.add(names)
        if not added:
            return
        start, size = len(self._mean), len(self._index)
        priors = self.prior_mean or {}
        covariance = np.diag(np.full(size, float(self.prior_variance)))
        covariance[:start, :start] = self._covariance
        self._covariance = covariance
        self._mean = np.concatenate([self._mean, [priors.get(name, 0.0) for name in added]])


def _upper(size: int) -> NDArray[np.bool_]:
    """The places of a square's upper triangle, with the diagonal."""
    return np.tri(size, dtype=np.bool_).T


_KEYS = frozenset(SecondOrderLogistic().to_json())


def _labels(labels: Sequence[Any] | ArrayLike, count: int) -> NDArray[np.bool_]:
    """`labels` as True and False, as many as rows. Raises ValueError otherwise."""
    values = np.asarray(labels)
    if values.shape != (count,):
        raise ValueError(f"there are {values.size} labels for {count} rows: give one for each")
    if values.dtype == np.bool_:
        return values
    if count and not all(label in (0, 1) for label in values.tolist()):
        bad = next(label for label in values.tolist() if label not in (0, 1))
        raise ValueError(f"label is {bad!r}: give True or False")
    return values.astype(np.bool_)
