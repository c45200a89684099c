"""What is published to every partition: models, boundaries, the situation, each from a time on."""

from collections.abc import Iterable, Mapping

from detectors.champion import Champion
from detectors.fitted_priors import FittedPriors
from detectors.policy import Prior
from detectors.scoring import Scorer
from detectors.targets import target_of
from detectors.value.standing import Standing, standing_of
from detectors.versions import Versions
from schemas.cause_model import CauseModel
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.situation import Situation

Published = ModelSnapshot | Portfolio | Situation | CauseModel
"""What every partition takes."""

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
        self._standings: Versions[Standing] = Versions()
        self._situations: Versions[Situation] = Versions()
        self._causes: Versions[CauseModel] = Versions()

    def install(self, published: Published) -> None:
        """Take a value. A model of something else is left aside."""
        match published:
            case ModelSnapshot():
                scorer = self._scorers.get(target_of(published))
                if scorer is not None:
                    scorer.install(Champion.of(published, scorer.names))
            case Portfolio():
                self._priors.install(published.priors)
                self._standings.install(published.as_of.timestamp(), standing_of(published))
            case Situation():
                self._situations.install(published.as_of.timestamp(), published)
            case CauseModel():
                self._causes.install(published.as_of.timestamp(), published)

    def standing_at(self, moment: float) -> Standing:
        """What the portfolio in force at `moment` says; of nobody before the first."""
        return self._standings.at(moment) or _NOWHERE

    def boundaries_at(self, moment: float) -> Mapping[str, float]:
        """The pyramid's boundaries in force at `moment`; empty before the first."""
        return self.standing_at(moment).boundaries

    def prior_at(self, moment: float) -> Prior:
        """The parameters of the prior rule in force at `moment`."""
        return self._priors.at(moment)

    def situation_at(self, moment: float) -> Situation | None:
        """Open incidents and employees who left, as known at `moment`; None before the first."""
        return self._situations.at(moment)

    def cause_model_at(self, moment: float) -> CauseModel | None:
        """What recognises causes at `moment`; None before the first."""
        return self._causes.at(moment)

    def forget(self, before: float) -> None:
        """Drop what no use at or after `before` can need."""
        for scorer in self._scorers.values():
            scorer.forget(before)
        for versions in (self._standings, self._situations, self._causes):
            versions.forget(before)
