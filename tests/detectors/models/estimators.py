"""Every estimator that may score customers; the conformance suite runs over all of them."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

from detectors.models.logistic import SecondOrderLogistic


class Estimator(Protocol):
    """What scoring, explaining, learning and snapshots ask of a model."""

    labels: int

    @property
    def intercept(self) -> float: ...
    def learn_one(self, x: Mapping[Any, float], y: Any) -> None: ...
    def predict_proba_one(self, x: Mapping[Any, float]) -> dict[Any, float]: ...
    def log_odds(self, x: Mapping[Any, float]) -> float: ...
    def contributions(
        self, x: Mapping[Any, float], reference: Mapping[Any, float] | None = None
    ) -> dict[str, float]: ...
    def uncertainty(self, x: Mapping[Any, float]) -> float: ...
    def advance(self, days: float) -> None: ...
    def to_json(self) -> dict[str, Any]: ...
    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self: ...


ESTIMATORS: dict[str, Callable[[], Estimator]] = {
    "logistic": SecondOrderLogistic,
    "logistic, from a prior": lambda: SecondOrderLogistic(
        prior_variance=0.1, prior_mean={"prior_logit": 1.0}, prior_intercept=-0.5
    ),
    "logistic, three features at most": lambda: SecondOrderLogistic(max_features=3),
}
