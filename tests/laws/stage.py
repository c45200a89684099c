"""The whole pure core at work on one partition: processor, store, trainer and portfolio."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from detectors.broadcast import Published
from detectors.customer.partition import PREFIX
from detectors.customer.state import CustomerState, decode_state
from detectors.durations import DAY
from detectors.effects import Message, Output, Record
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.processor import PartitionProcessor
from detectors.signals import SignalStage
from detectors.trainer import Trainer
from detectors.trainers import Trainers
from schemas.catalogue import BY_TOPIC
from schemas.codec import Decoded, decode_output
from schemas.portfolio_fact import PortfolioFact
from schemas.signal import Signal
from schemas.training_example import TrainingExample


def id_of(message: Message) -> str:
    """The CloudEvents id of an output."""
    assert message.value is not None
    return str(msgspec.json.decode(message.value)["id"])


def payload_of(message: Message) -> Any:
    """The payload of an output, of the type that the catalogue names."""
    assert message.value is not None
    payload = decode_output(message.topic, message.value)
    assert isinstance(payload, BY_TOPIC[message.topic].payload)
    return payload


def as_of(message: Message) -> float:
    """The moment (epoch s) of which an output speaks."""
    payload = payload_of(message)
    if isinstance(payload, PortfolioFact):
        return (payload.bucket + 1.0) * DAY
    name = {"customer-state": "as_of", "training-examples": "matured_at"}.get(message.topic)
    return float(getattr(payload, name or "occurred_at").timestamp())


@dataclass
class Stage:
    """Drives the core over records and applies what comes out, as a worker does.

    An answer to `LATEST_ALERT` gets the id of the customer's latest alert; `heard` are the records
    with these ids, to be told again. At the first record of a new day the trainer and the portfolio
    answer what was sent to them until then; `learns` switches that off. What they answered stands
    in `published`. `in_parts`: due work is done in parts, as in a worker.
    """

    policy: Policy
    learns: bool = True
    store: dict[bytes, bytes] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    published: list[Published] = field(default_factory=list)
    heard: list[Record] = field(default_factory=list)
    in_parts: bool = False

    def __post_init__(self) -> None:
        self.processor = PartitionProcessor(0, self.policy, self.store.get)
        self.trainers = Trainers(self.policy)
        self.portfolio = PortfolioStage(self.policy)
        self.signals = SignalStage(self.policy)
        self._day = -1
        self._examples: list[TrainingExample] = []
        self._facts: list[PortfolioFact] = []
        self._signals: list[Signal] = []

    @property
    def trainer(self) -> Trainer:
        """Of the first churn target."""
        return self.trainers[self.policy.target]

    def restart(self) -> None:
        """A new processor that knows only what is in the store and what was published."""
        self.processor = PartitionProcessor(0, self.policy, self.store.get)
        self.processor.restore(self.store.items())
        self.install(self.published)

    def install(self, published: Iterable[Published]) -> None:
        """Give models and portfolios to the processor."""
        for item in published:
            self.processor.install(item)

    def feed(self, batch: Sequence[Record], cuts: Collection[int] = ()) -> None:
        """Process the records, cut into calls at the given positions and where a day begins.

        Another cut is before an answer to `LATEST_ALERT`.
        """
        waiting: list[Record] = []
        for position, record in enumerate(batch):
            new_day, answers = self._begins_day(record), _answers(record)
            if waiting and (new_day or answers or position in cuts):
                self._process(waiting)
                waiting = []
            if new_day:
                self.tick()
            waiting.append(_with_alert(record, self.messages) if answers else record)
            self.heard.append(waiting[-1])
        if waiting:
            self._process(waiting)

    def finish(self, watermark: float) -> None:
        """Let time pass until `watermark` (epoch s) without an event."""
        if self.in_parts:
            for part in self.processor.advance_in_parts(watermark, watermark):
                self.take(part)
        else:
            self.take(self.processor.advance(watermark))
        self.tick()

    def _process(self, batch: Sequence[Record]) -> None:
        if self.in_parts:
            for part in self.processor.process_in_parts(batch):
                self.take(part)
        else:
            self.take(self.processor.process(batch))

    def take(self, output: Output) -> None:
        """Apply an output: messages first, then states."""
        self.messages += [message for message in output.messages if not is_hour(message)]
        self.counts += output.counts
        for key, value in output.states.items():
            if value is None:
                self.store.pop(key, None)
            else:
                self.store[key] = value
        for message in output.messages:
            if message.topic == "training-examples":
                self._examples.append(payload_of(message))
            elif message.topic == "portfolio-facts":
                self._facts.append(payload_of(message))
            elif message.topic == "signals":
                self._signals.append(payload_of(message))

    def tick(self) -> None:
        """The trainer and the portfolio answer."""
        if self.learns:
            answers = self.trainers.learn(self._examples) + self.trainers.complete()
            answers += self.portfolio.update(self._facts)
            answers += self.signals.update(self._signals)
            told = [(answer, payload_of(answer)) for answer in answers]
            published = [payload for _, payload in told if isinstance(payload, Published)]
            outputs = (answer for answer, _ in told if BY_TOPIC[answer.topic].role == "output")
            self.messages += outputs
            self.published += published
            self.install(published)
        self._examples, self._facts, self._signals = [], [], []

    def _begins_day(self, record: Record) -> bool:
        if not isinstance(record.decoded, Decoded):
            return False
        day = int(record.decoded.occurred_at // DAY)
        begins = day > self._day
        self._day = max(self._day, day)
        return begins

    @property
    def customers(self) -> dict[str, CustomerState]:
        """The states in the store by customer."""
        return {
            key.decode(): decode_state(value)
            for key, value in self.store.items()
            if not key.startswith(PREFIX)
        }

    def payloads(self, topic: str) -> list[Any]:
        """The payloads sent to a topic, in order."""
        return [payload_of(message) for message in self.messages if message.topic == topic]


def run(
    batch: Sequence[Record],
    policy: Policy,
    *,
    cuts: Collection[int] = (),
    until: float | None = None,
    learns: bool = True,
    installed: Iterable[Published] = (),
) -> Stage:
    """A stage that has processed all records and, if given, let time pass `until` then."""
    stage = Stage(policy, learns=learns)
    stage.install(installed)
    stage.feed(batch, cuts)
    if until is not None:
        stage.finish(until)
    return stage


def is_hour(message: Message) -> bool:
    """Whether only the time is told: of the hours that one step passes, the last alone."""
    return message.topic == "signals" and payload_of(message).kind == "hour"


LATEST_ALERT = "the latest alert"
"""Stands in a feedback for the id of the latest alert of the customer."""


def _answers(record: Record) -> bool:
    decoded = record.decoded
    return (
        isinstance(decoded, Decoded) and getattr(decoded.payload, "alert_id", None) == LATEST_ALERT
    )


def _with_alert(record: Record, messages: Sequence[Message]) -> Record:
    """The answer, to the last alert that was sent to the customer."""
    ids = [
        payload_of(message).alert_id
        for message in messages
        if message.topic == "churn-risk" and message.key == record.key
    ]
    assert isinstance(record.decoded, Decoded)
    answer = msgspec.structs.replace(
        record.decoded.payload,
        alert_id=ids[-1] if ids else "none",
    )
    decoded = Decoded(
        payload=answer,
        event_id=record.decoded.event_id,
        occurred_at=record.decoded.occurred_at,
        unknown_fields=0,
    )
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        decoded,
    )
