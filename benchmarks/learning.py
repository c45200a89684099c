"""Trainer, portfolio and signal stage beside a processor, in the same process."""

from collections.abc import Sequence
from typing import TypeVar

from detectors.broadcast import Published
from detectors.effects import Message
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.signals import SignalStage
from detectors.trainers import Trainers
from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.signal import Signal
from schemas.training_example import TrainingExample

Value = TypeVar("Value")


class Learning:
    """Feeds outputs to the stages of one worker; returns what they publish."""

    def __init__(self, policy: Policy) -> None:
        self._trainers = Trainers(policy)
        self._portfolio = PortfolioStage(policy)
        self._signals = SignalStage(policy)

    def learn(self, messages: Sequence[Message]) -> list[ModelSnapshot]:
        """Learn from the training examples among the messages."""
        examples = _values(messages, "training-examples", TrainingExample)
        published = self._trainers.learn(examples) if examples else []
        return _values(published, "model-snapshots", ModelSnapshot)

    def sum_up(self, messages: Sequence[Message]) -> list[Portfolio]:
        """Add the portfolio facts among the messages to the portfolio."""
        facts = _values(messages, "portfolio-facts", PortfolioFact)
        published = self._portfolio.update(facts) if facts else []
        return _values(published, "portfolio", Portfolio)

    def sense(self, messages: Sequence[Message]) -> list[Published]:
        """Give the signals among the messages to the signal stage."""
        signals = _values(messages, "signals", Signal)
        published = self._signals.update(signals) if signals else []
        told = (decode_output(message.topic, message.value or b"") for message in published)
        return [payload for payload in told if isinstance(payload, Published)]


def _values(messages: Sequence[Message], topic: str, kind: type[Value]) -> list[Value]:
    found = []
    for message in messages:
        if message.topic == topic and message.value is not None:
            value = decode_output(topic, message.value)
            assert isinstance(value, kind)
            found.append(value)
    return found
