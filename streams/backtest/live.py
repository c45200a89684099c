"""The live system in one process: processor, trainer and portfolio, a day of event time at a time.

What a worker does with a broker in between, done directly: the same objects, the same messages.
"""

from collections.abc import Callable, Iterable, Sequence

from detectors.durations import DAY
from detectors.effects import Message, Output, Record
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.processor import PartitionProcessor
from detectors.scoring import Score
from detectors.targets import Target
from detectors.trainers import Trainers
from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.training_example import TrainingExample


class LiveSystem:
    """One partition with its trainer and portfolio.

    `learned` is told of every matured example, in the order in which the trainer learns them.
    """

    def __init__(
        self, policy: Policy, learned: Callable[[TrainingExample], None] = lambda _: None
    ) -> None:
        self.processor = PartitionProcessor(0, policy, self._read)
        self.newest: ModelSnapshot | None = None
        self.labels = 0
        """Examples that matured so far."""
        self._store: dict[bytes, bytes] = {}
        self._trainers = Trainers(policy)
        self._portfolio = PortfolioStage(policy)
        self._learned = learned
        self._examples: list[TrainingExample] = []
        self._facts: list[PortfolioFact] = []

    def process(self, records: Sequence[Record]) -> Output:
        """Apply records, in order of event time."""
        return self._keep(self.processor.process(records))

    def end_day(self, day: int) -> Output:
        """All events of `day` have come: do what is due, learn what matured, install models."""
        output = self._keep(self.processor.advance((day + 1.0) * DAY))
        examples, self._examples = self._examples, []
        facts, self._facts = self._facts, []
        if examples:
            for example in examples:
                self._learned(example)
            self.labels += len(examples)
            self._install(self._trainers.learn(examples))
        if facts:
            self._install(self._portfolio.update(facts))
        return output

    def publish(self) -> None:
        """Install a model of all that has been learned, whenever the next was due."""
        self._install(self._trainers.publish())

    def score_at(self, customers: Iterable[str], day: int, target: Target) -> list[Score | None]:
        """Scores as of the end of `day`, which must have been ended; None: nothing is known."""
        return self.processor.score_at(customers, day, target)

    def _read(self, key: bytes) -> bytes | None:
        return self._store.get(key)

    def _keep(self, output: Output) -> Output:
        for key, state in output.states.items():
            if state is None:
                self._store.pop(key, None)
            else:
                self._store[key] = state
        for message in output.messages:
            if message.topic in ("training-examples", "portfolio-facts"):
                payload = decode_output(message.topic, message.value or b"")
                if isinstance(payload, TrainingExample):
                    self._examples.append(payload)
                elif isinstance(payload, PortfolioFact):
                    self._facts.append(payload)
        return output

    def _install(self, messages: Sequence[Message]) -> None:
        for message in messages:
            payload = decode_output(message.topic, message.value or b"")
            if isinstance(payload, ModelSnapshot):
                self.newest = payload
                self.processor.install(payload)
            elif isinstance(payload, Portfolio):
                self.processor.install(payload)
