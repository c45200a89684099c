"""The live system in one process: processor, trainer, portfolio, signals, driven by event time.

What a worker does with a broker in between, done directly: the same objects, the same messages.
"""

from collections.abc import Callable, Sequence

from detectors.broadcast import Published as Published
from detectors.effects import Message, Output, Record
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.processor import PartitionProcessor
from detectors.signals import SignalStage
from detectors.trainers import Trainers
from schemas.codec import decode_output
from schemas.portfolio_fact import PortfolioFact
from schemas.signal import Signal
from schemas.training_example import TrainingExample


class LiveSystem:
    """One partition with its trainer, portfolio and signal stage.

    `sent` is told of what the processor sends, `learned` of every matured example in the order in
    which the trainer learns them, `published` of every message that a trainer or the portfolio
    publishes, with its payload, before it is installed. Without `tells` no alerts and views are
    written, and what the models say is not measured or watched for drift: it is quicker, and
    scores are the same.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        sent: Callable[[Sequence[Message]], None] = lambda _: None,
        learned: Callable[[TrainingExample], None] = lambda _: None,
        published: Callable[[Message, Published], None] = lambda message, payload: None,
        tells: bool = True,
    ) -> None:
        self.store: dict[bytes, bytes] = {}
        self.processor = PartitionProcessor(0, policy, self.store.get, tells=tells)
        self.labels = 0
        """Examples that matured so far."""
        self._trainers = Trainers(policy, measures=tells)
        self._portfolio = PortfolioStage(policy, watches=tells)
        self._stage = SignalStage(policy)
        self._sent = sent
        self._learned = learned
        self._published = published
        self._examples: list[TrainingExample] = []
        self._facts: list[PortfolioFact] = []
        self._signals: list[Signal] = []

    def process(self, records: Sequence[Record]) -> Output:
        """Apply records, in order of event time."""
        return self._keep(self.processor.process(records))

    def advance(self, watermark: float) -> Output:
        """Do what is due by `watermark` (epoch s), without an event."""
        return self._keep(self.processor.advance(watermark))

    def sense(self) -> None:
        """The signal stage takes what came up since the last time, and publishes."""
        signals, self._signals = self._signals, []
        if signals:
            self._install(self._stage.update(signals))

    def tick(self) -> None:
        """All stages take what came up since the last time, and publish."""
        self.sense()
        examples, self._examples = self._examples, []
        facts, self._facts = self._facts, []
        if examples:
            for example in examples:
                self._learned(example)
            self.labels += len(examples)
            # All that was due is done, so no more examples of these days will come.
            self._install([*self._trainers.learn(examples), *self._trainers.complete()])
        if facts:
            self._install(self._portfolio.update(facts))

    def publish(self) -> None:
        """Install a model of all that has been learned, whenever the next was due."""
        self._install(self._trainers.publish())

    def _keep(self, output: Output) -> Output:
        for key, state in output.states.items():
            if state is None:
                self.store.pop(key, None)
            else:
                self.store[key] = state
        self._sent(output.messages)
        for message in output.messages:
            if message.topic in ("training-examples", "portfolio-facts", "signals"):
                match decode_output(message.topic, message.value or b""):
                    case TrainingExample() as example:
                        self._examples.append(example)
                    case PortfolioFact() as fact:
                        self._facts.append(fact)
                    case Signal() as signal:
                        self._signals.append(signal)
        return output

    def _install(self, messages: Sequence[Message]) -> None:
        for message in messages:
            payload = decode_output(message.topic, message.value or b"")
            if isinstance(payload, Published):
                self._published(message, payload)
                self.processor.install(payload)
            else:
                self._sent([message])
