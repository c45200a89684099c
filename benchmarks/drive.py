"""One partition's whole work on pre-encoded events, without a broker, timed part by part."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.learning import Learning
from benchmarks.wire import WireEvent
from detectors.effects import Message, Output, Record
from detectors.policy import Policy
from detectors.processor import PartitionProcessor
from schemas.codec import Codec
from streams.settings import Settings

BATCH = Settings().batch_size
"""Events of one call of `process`: the worker's default."""
Result = TypeVar("Result")


@dataclass(slots=True)
class Run:
    """What a run took and what came of it."""

    events: int = 0
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """CPU seconds of each batch: decode, process, trainer, portfolio, signals (the last three with
    decoding and installing)."""
    outcomes: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    message_bytes: Counter[str] = field(default_factory=Counter)
    """Keys and values, by topic."""
    states: int = 0
    """Written, one for each customer and batch."""
    reviews: int = 0
    store: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def per_second(self, *parts: str) -> float:
        """Events per CPU second of these parts together."""
        return self.events / sum(sum(self.seconds[part]) for part in parts)


def undisturbed(runs: Sequence[Run], *parts: str) -> float:
    """Events per CPU second when every batch counts with its quickest run.

    A batch is the same work in every run; what makes one slower than another is the machine.
    """
    seconds = 0.0
    for part in parts:
        for times in zip(*(run.seconds[part] for run in runs), strict=True):
            seconds += min(times)
    return runs[0].events / seconds


class Drive:
    """The loop of a worker with one partition: decode, process, store, learn, install."""

    def __init__(self, policy: Policy) -> None:
        self.run = Run()
        self._codec = Codec()
        self._processor = PartitionProcessor(0, policy, self.run.store.get)
        self._learning = Learning(policy)

    def go(self, events: Sequence[WireEvent]) -> Run:
        """Process all events in batches."""
        for start in range(0, len(events), BATCH):
            self._batch(start, events[start : start + BATCH])
        return self.run

    def _batch(self, start: int, events: Sequence[WireEvent]) -> None:
        records = self._timed("decode", lambda: self._decode(start, events))
        output = self._timed("process", lambda: self._processor.process(records))
        self._keep(output)
        self.run.events += len(events)
        self._timed("trainer", lambda: self._learn(output.messages))
        self._timed("portfolio", lambda: self._sum_up(output.messages))
        self._timed("signals", lambda: self._sense(output.messages))

    def _timed(self, part: str, work: Callable[[], Result]) -> Result:
        begin = time.process_time()
        result = work()
        self.run.seconds[part].append(time.process_time() - begin)
        return result

    def _decode(self, start: int, events: Sequence[WireEvent]) -> list[Record]:
        decode = self._codec.decode
        return [
            Record(
                topic,
                0,
                offset,
                at,
                key,
                value,
                decode(topic, value, key=key, received_at=at, source=f"{topic}/0/{offset}"),
            )
            for offset, (topic, key, value, at) in enumerate(events, start)
        ]

    def _keep(self, output: Output) -> None:
        for key, state in output.states.items():
            if state is None:
                self.run.store.pop(key, None)
            else:
                self.run.store[key] = state
        for (_, outcome), count in output.counts.items():
            self.run.outcomes[outcome] += count
        self.run.states += len(output.states)
        for message in output.messages:
            self.run.messages[message.topic] += 1
            self.run.message_bytes[message.topic] += len(message.key or b"")
            self.run.message_bytes[message.topic] += len(message.value or b"")
        self.run.reviews += output.reviews

    def _learn(self, messages: Sequence[Message]) -> None:
        for snapshot in self._learning.learn(messages):
            self._processor.install(snapshot)

    def _sum_up(self, messages: Sequence[Message]) -> None:
        for portfolio in self._learning.sum_up(messages):
            self._processor.install(portfolio)

    def _sense(self, messages: Sequence[Message]) -> None:
        for published in self._learning.sense(messages):
            self._processor.install(published)
