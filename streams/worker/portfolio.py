"""The portfolio stage at work: facts of all partitions in, the boundaries of the pyramid out."""

from collections import deque
from collections.abc import Sequence

from detectors.durations import DAY
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from schemas.portfolio_fact import PortfolioFact
from streams.worker.broadcast import Broadcast
from streams.worker.single import Step

TOPIC = "portfolio-facts"


class PortfolioWork:
    """A `PortfolioStage` that tells which facts it needs no more.

    A portfolio is made of the facts of the latest review interval, and these are not in what is
    published. So they stay unacknowledged, and a new owner reads them again.
    """

    def __init__(self, stage: PortfolioStage, days: int) -> None:
        self._stage = stage
        self._days = days
        self._newest = 0
        self._needed: deque[int] = deque()
        self._contained = 0

    @classmethod
    async def begin(cls, policy: Policy, broadcast: Broadcast) -> "PortfolioWork":
        """Go on after the last published portfolio."""
        await broadcast.caught_up()
        stage = PortfolioStage(policy)
        stage.restore([], broadcast.portfolio)
        return cls(stage, policy.churn.review_interval // DAY)

    def take(self, payloads: Sequence[PortfolioFact]) -> Step:
        """Merge; facts older than the interval before the newest day are done with."""
        messages = self._stage.update(payloads)
        for fact in payloads:
            self._needed.append(fact.bucket)
            self._newest = max(self._newest, fact.bucket)
        while self._needed and self._needed[0] <= self._newest - self._days:
            self._needed.popleft()
            self._contained += 1
        return Step(messages, self._contained)
