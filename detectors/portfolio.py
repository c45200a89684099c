"""The portfolio: where the levels of the customer pyramid begin (D4), and the rhythm of customers.

Each partition tells, for each day, what the customers reviewed on that day have spent, as a
mergeable sketch, and how often the newer ones have come, as counts; of many customers in several
parts. Reviews visit every active customer once per review interval, so the facts of the latest
interval cover everybody once. A fact replaces an earlier one of the same partition, day and part:
repeats do no harm.
"""

from collections.abc import Iterable, Sequence

from detectors.durations import DAY
from detectors.effects import Message
from detectors.fitted_priors import fitted
from detectors.messages.envelope import message, moment
from detectors.messages.notice import model_event
from detectors.policy import Policy
from detectors.population import PopulationWatch
from detectors.satisfaction.association import LabelHistory
from detectors.satisfaction.summary import satisfaction_of
from detectors.value.summary import portfolio_of
from schemas.model_event import ModelEvent
from schemas.portfolio import FittedPrior, Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.satisfaction import Satisfaction


class PortfolioStage:
    """Merges the facts of the latest review interval into the boundaries of the pyramid."""

    def __init__(self, policy: Policy, *, watches: bool = True) -> None:
        """`watches`: whether drift is looked for; nothing else depends on it."""
        self.policy = policy
        self._watches = watches
        self._interval = policy.churn.review_interval // DAY
        self._asked_back = policy.retained_days + max(t.horizon_days for t in policy.targets)
        self._facts: dict[tuple[int, int, int], PortfolioFact] = {}
        """By day, partition and part."""
        self._priors: list[FittedPrior] = []
        self._watch = PopulationWatch(policy)
        self._labels = LabelHistory(policy.satisfaction)
        self._events: list[ModelEvent] = []
        self._newest = 0
        self._published = 0

    def restore(self, facts: Iterable[PortfolioFact], published: Portfolio | None) -> None:
        """Go on from the facts still on the topic and the last published portfolio."""
        for fact in facts:
            self._take(fact)
        if published is not None:
            self._published = int(published.as_of.timestamp() // DAY) - 1
            self._priors = list(published.priors)
            self._watch.restore(published.watch)
            self._labels.restore(published.labels)

    def update(self, batch: Sequence[PortfolioFact]) -> list[Message]:
        """Take facts; returns a new portfolio when they reach a new day."""
        for fact in batch:
            self._take(fact)
        if self._newest <= self._published or not self._facts:
            return []
        if self._newest // self._interval > self._published // self._interval:
            self._fit()
        self._published = self._newest
        portfolio = self.portfolio()
        events, self._events = self._events, []
        return [
            *map(model_event, events),
            message(
                "portfolio",
                portfolio,
                key="portfolio",
                id=portfolio.version,
                at=portfolio.as_of.timestamp(),
            ),
        ]

    def portfolio(self) -> Portfolio:
        """The pyramid over all facts held, as of the end of the newest day."""
        facts = [fact for _, fact in sorted(self._facts.items())]
        at = moment((self._newest + 1.0) * DAY)
        portfolio = portfolio_of(
            facts, at, self.policy, watch=self._watch.to_json(), priors=self._priors
        )
        portfolio.satisfaction = self._satisfaction()
        portfolio.labels = self._labels.to_json()
        return portfolio

    def _fit(self) -> None:
        """Fit the prior rule to the rhythms held, once an interval; forget what nobody asks for."""
        rhythms = (
            {(repeats, last, age): number for repeats, last, age, number in fact.rhythms}
            for _, fact in sorted(self._facts.items())
        )
        end = (self._newest + 1.0) * DAY
        found = fitted(rhythms, self.policy.prior, end)
        if found is not None:
            self._priors = [*self._priors, found]
        oldest = moment(end - self._asked_back * DAY)
        while len(self._priors) > 1 and self._priors[1].as_of <= oldest:
            self._priors = self._priors[1:]

    def _take(self, fact: PortfolioFact) -> None:
        """Keep the fact; forget what is older than one interval before the newest day."""
        if fact.bucket <= self._newest - self._interval:
            return
        self._facts[fact.bucket, fact.partition, fact.part] = fact
        if fact.bucket > self._newest:
            self._end_days(fact.bucket)
            self._newest = fact.bucket
            oldest = self._newest - self._interval
            for key in sorted(key for key in self._facts if key[0] <= oldest):
                forgotten = self._facts.pop(key).satisfaction
                if forgotten is not None:
                    self._labels.take(key[0], forgotten)
            self._labels.settle(oldest)

    def _satisfaction(self) -> Satisfaction | None:
        told = [
            (fact.bucket, fact.satisfaction)
            for _, fact in sorted(self._facts.items())
            if fact.satisfaction is not None
        ]
        if not told:
            return None
        return satisfaction_of(told, self._labels, self.policy.satisfaction)

    def _end_days(self, until: int) -> None:
        """Look for drift on the days before `until` of which there are facts."""
        if not self._watches:
            return
        for day in sorted({day for day, _, _ in self._facts if day < until}):
            facts = [fact for key, fact in sorted(self._facts.items()) if key[0] == day]
            self._events += self._watch.end(day, facts)
