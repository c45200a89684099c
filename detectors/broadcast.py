"""What is published to every partition: models and pyramid boundaries, each valid from a time."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from detectors.champion import Champion
from detectors.fitted_priors import FittedPriors
from detectors.policy import Prior
from detectors.scoring import Scorer
from detectors.targets import target_of
from detectors.value.standing import Standing
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio

_NOWHERE = Standing()


class Broadcast:
    """The published values a partition knows, looked up by the moment of use (law 2)."""

    def __init__(self, scorers: Iterable[Scorer], prior: Prior) -> None:
        """The scorers of a policy, which ask here for the prior rule's inputs from now on."""
        self._scorers = {scorer.target: scorer for scorer in scorers}
        for scorer in self._scorers.values():
            scorer.prior_at = self.prior_at
            scorer.boundaries_at = self.boundaries_at
        self._priors = FittedPriors(prior)
        self._as_of: list[float] = []
        self._standings: list[Standing] = []

    def install(self, published: ModelSnapshot | Portfolio) -> None:
        """Take a model for its scorer, or a portfolio. A model of something else is left aside."""
        if isinstance(published, ModelSnapshot):
            scorer = self._scorers.get(target_of(published))
            if scorer is None:
                return
            scorer.install(Champion.of(published, scorer.names))
            return
        self._priors.install(published.priors)
        as_of = published.as_of.timestamp()
        at = bisect_right(self._as_of, as_of)
        self._as_of.insert(at, as_of)
        standing = Standing(
            published.version, published.boundaries, published.grade_boundaries, published.gaps
        )
        self._standings.insert(at, standing)

    def standing_at(self, moment: float) -> Standing:
        """What the portfolio in force at `moment` says; of nobody before the first."""
        index = bisect_right(self._as_of, moment) - 1
        return self._standings[index] if index >= 0 else _NOWHERE

    def boundaries_at(self, moment: float) -> Mapping[str, float]:
        """The pyramid's boundaries in force at `moment`; empty before the first."""
        return self.standing_at(moment).boundaries

    def prior_at(self, moment: float) -> Prior:
        """The parameters of the prior rule in force at `moment`."""
        return self._priors.at(moment)

    def forget(self, before: float) -> None:
        """Drop what no use at or after `before` can need."""
        for scorer in self._scorers.values():
            scorer.forget(before)
        keep = max(bisect_right(self._as_of, before) - 1, 0)
        del self._as_of[:keep], self._standings[:keep]
