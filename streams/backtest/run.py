"""The run of a backtest: the live system over sources, and scores at the end of some days.

At the end of a cut-off day all events up to then have been applied, all labels that matured by
then have been learned, and the model of them speaks: a score knows what could be known, no more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import process_time

from detectors.durations import DAY
from detectors.effects import Message, Record
from detectors.policy import Policy
from detectors.scoring import Score
from schemas.codec import Decoded
from schemas.portfolio import Portfolio
from schemas.training_example import TrainingExample
from streams.arrivals import Arrivals
from streams.backtest.moments import Moments, NamedRows
from streams.backtest.scored import Scored, ScoredRows
from streams.backtest.targets import Target
from streams.errors import ChurnstreamError
from streams.live import LiveSystem, Published
from streams.replay.summary import Tally
from streams.sources.events import EncodedEvent
from streams.sources.order import merged
from streams.sources.source import Source

Show = Callable[[int], None]
"""Told now and then how many events have been read."""

_BATCH = 2_000
_PROGRESS_EVERY = 1000
_EXPLAINED = 200
"""Scores of a cut-off whose contributions are taken as an example of all."""


class BacktestError(ChurnstreamError):
    """A backtest cannot be made; the message names what is missing and what to do."""


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    scored: Scored
    first_day: int
    last_day: int
    """Days (since 1970) of the first and the last event that counts."""
    labels: int
    """Examples that matured."""
    tally: Tally
    scoring_seconds: float
    """Of all the run's CPU seconds, those that went into scoring at cut-offs."""


class Backtest:
    """One run of sources under a policy. `now` (epoch s) judges what lies in the future."""

    def __init__(
        self,
        policy: Policy,
        target: Target,
        moments: Moments,
        *,
        learned: Callable[[TrainingExample], None] = lambda _: None,
        now: float | None = None,
    ) -> None:
        self.target = target
        self._moments = moments
        self._live = LiveSystem(policy, learned=learned, published=self._published, tells=False)
        self._arrivals = Arrivals(policy, now)
        self._tally = Tally()
        self._rows = ScoredRows(self._live.processor.decisions.scorer.names, policy)
        self._batch: list[Record] = []
        self._first_day: int | None = None
        self._today = 0
        self._last_day = 0
        self._scoring = 0.0

    def run(self, sources: Sequence[Source], show: Show = lambda _: None) -> Outcome:
        """Run all events and score what is due.

        Raises `SourceError`, or `BacktestError` when there is no event at all.
        """
        for event in merged(sources):
            self._take(event)
            if self._tally.read % _PROGRESS_EVERY == 0:
                show(self._tally.read)
        if self._first_day is None:
            raise BacktestError("the sources hold no event: there is nothing to test on")
        self._last_day = self._today
        last = self._moments.last_day
        self._end_days(max(self._today, self._today if last is None else last) + 1)
        return Outcome(
            scored=self._rows.table(),
            first_day=self._first_day,
            last_day=self._last_day,
            labels=self._live.labels,
            tally=self._tally,
            scoring_seconds=self._scoring,
        )

    def _take(self, event: EncodedEvent) -> None:
        """Apply one event, after ending the days before it."""
        record = self._arrivals.record(event)
        self._tally.read += 1
        decoded = record.decoded
        if isinstance(decoded, Decoded) and decoded.occurred_at > 0:
            day = int(decoded.occurred_at // DAY)
            if self._first_day is None:
                self._begin(day)
            if day > self._today:
                self._end_days(day)
            self.target.note(decoded)
        self._batch.append(record)
        if len(self._batch) >= _BATCH:
            self._process()

    def _published(self, message: Message, payload: Published) -> None:
        if isinstance(payload, Portfolio):
            self.target.pyramid.note(payload)

    def _begin(self, day: int) -> None:
        self._first_day = self._today = day
        if isinstance(self._moments, NamedRows):
            for place, customer, asked in self._moments.before(day):
                self._rows.add(asked, [(place, customer)], [None])

    def _process(self) -> None:
        if self._batch:
            self._tally.add(self._live.process(self._batch))
            self._batch.clear()

    def _end_days(self, until: int) -> None:
        """End all days from today up to before `until`."""
        self._process()
        while self._today < until:
            self._tally.add(self._live.advance((self._today + 1.0) * DAY))
            self._live.tick()
            self._score()
            self._today += 1

    def _score(self) -> None:
        day = self._today
        begin_of_data = day if self._first_day is None else self._first_day
        rows = self._moments.due(day, begin_of_data, self.target)
        if not rows:
            return
        begin = process_time()
        self._live.publish()
        customers = (customer for _, customer in rows)
        scores = self._live.processor.score_at(customers, day, self.target.predicted)
        self._rows.add(day, rows, scores)
        self._rows.importance[day] = self._importance([s for s in scores if s is not None])
        self._scoring += process_time() - begin

    def _importance(self, scores: Sequence[Score]) -> tuple[int, dict[str, float]]:
        """How many scores of a model were explained, and the sum of |contribution| by feature."""
        by_model = [score for score in scores if score.basis == "model"]
        chosen = by_model[:: max(1, -(-len(by_model) // _EXPLAINED))]
        explain = self._live.processor.decisions.scorers[self.target.predicted].explain
        sums: dict[str, float] = {}
        for score in chosen:
            explanation = explain(score)
            for name, part in zip(explanation.names, explanation.parts.tolist(), strict=True):
                sums[name] = sums.get(name, 0.0) + abs(part)
        return len(chosen), sums
