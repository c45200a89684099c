"""The detectors over files, without a broker: one partition, in order of event time.

Records are cut at every midnight (UTC) of event time, and at ``batch_size`` within a day. At a
midnight the trainer and the portfolio take what came up, and what they publish is installed; within
a day the models stand still. So the cut by ``batch_size`` changes nothing: equal input gives equal
bytes.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from detectors.archiving import with_archive
from detectors.customer.features import feature_names
from detectors.customer.partition import PREFIX
from detectors.durations import DAY
from detectors.effects import Message, Output, Record
from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.processor import PartitionProcessor
from detectors.targets import target_of
from detectors.trainers import Trainers
from schemas.catalogue import INTERNAL_TOPICS, OUTPUT_TOPICS
from schemas.codec import Decoded, decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.training_example import TrainingExample
from streams.decoding import codec_of
from streams.replay.folder import ReplayFolder
from streams.replay.summary import Tally
from streams.sources.events import EncodedEvent
from streams.sources.order import merged
from streams.sources.source import Source

BATCH_SIZE = 500
_PROGRESS_EVERY = 1000

Show = Callable[[int], None]
"""Told now and then how many events have been read."""


class Replay:
    """One replay of sources under a policy into a folder.

    `now` (seconds since 1970) is what future event times are judged by, as a broker's clock would:
    a replay of the past does not depend on it.
    """

    def __init__(
        self,
        policy: Policy,
        folder: ReplayFolder,
        *,
        batch_size: int = BATCH_SIZE,
        now: float | None = None,
    ):
        if batch_size < 1:
            raise ValueError(f"batch_size = {batch_size}: permitted is 1 or more")
        self.tally = Tally()
        self._folder = folder
        self._batch_size = batch_size
        self._now = time.time() if now is None else now
        self._codec = codec_of(policy)
        self._store: dict[bytes, bytes] = {}
        self._processor = PartitionProcessor(0, policy, self._store.get)
        self._trainers = Trainers(policy)
        self._names = feature_names(policy)
        self._portfolio = PortfolioStage(policy)
        self._examples: list[TrainingExample] = []
        self._facts: list[PortfolioFact] = []
        self._offsets: dict[str, int] = {}
        self._received_at = 0.0

    def run(self, sources: Sequence[Source], show: Show = lambda _: None) -> dict[str, object]:
        """Replay all events, finish what is due, and return the summary.

        Raises `SourceError` or `ReplayFolderError`.
        """
        batch: list[Record] = []
        midnight = float("-inf")
        for event in merged(sources):
            if event.occurred_at >= midnight:
                self._process(batch)
                self._tick()
                midnight = (event.occurred_at // DAY + 1) * DAY
            elif len(batch) >= self._batch_size:
                self._process(batch)
            batch.append(self._record(event))
            if self.tally.read % _PROGRESS_EVERY == 0:
                show(self.tally.read)
        self._process(batch)
        self._tick()
        self._end()
        customers = sum(not key.startswith(PREFIX) for key in self._store)
        return self.tally.document(sources, customers)

    def _record(self, event: EncodedEvent) -> Record:
        """The event as the broker would give it, received when it happened."""
        topic, tally = event.topic, self.tally
        if event.occurred_at <= self._now:
            self._received_at = event.occurred_at
        offset = self._offsets.get(topic, 0)
        self._offsets[topic] = offset + 1
        decoded = self._codec.decode(
            topic,
            event.value,
            key=event.key,
            received_at=self._received_at,
            source=f"{topic}/0/{offset}",
        )
        tally.read += 1
        if isinstance(decoded, Decoded):
            tally.first = decoded.occurred_at if tally.first is None else tally.first
            tally.last = decoded.occurred_at
        return Record(topic, 0, offset, self._received_at, event.key, event.value, decoded)

    def _process(self, batch: list[Record]) -> None:
        if batch:
            self._apply(self._processor.process(batch))
            batch.clear()

    def _apply(self, output: Output) -> None:
        for key, state in output.states.items():
            if state is None:
                self._store.pop(key, None)
            else:
                self._store[key] = state
        self.tally.add(output)
        self._write(output.messages)
        for message in output.messages:
            if message.topic in ("training-examples", "portfolio-facts"):
                payload = decode_output(message.topic, message.value or b"")
                if isinstance(payload, TrainingExample):
                    self._examples.append(payload)
                elif isinstance(payload, PortfolioFact):
                    self._facts.append(payload)

    def _tick(self) -> None:
        """Trainer and portfolio take what came up since the last midnight, and publish."""
        examples, self._examples = self._examples, []
        facts, self._facts = self._facts, []
        if examples:
            self._publish(self._trainers.learn(examples))
        if facts:
            self._publish(self._portfolio.update(facts))

    def _publish(self, messages: Sequence[Message]) -> None:
        self._write(with_archive(messages, self._names))
        for message in messages:
            payload = decode_output(message.topic, message.value or b"")
            if isinstance(payload, ModelSnapshot):
                self.tally.models[target_of(payload).name] = payload
                self._processor.install(payload)
            elif isinstance(payload, Portfolio):
                self.tally.portfolio = payload
                self._processor.install(payload)

    def _write(self, messages: Sequence[Message]) -> None:
        self._folder.write(messages)
        self.tally.written(messages)

    def _end(self) -> None:
        """Do all that is due by the last event's time, a day at a time; then a last snapshot."""
        end = self.tally.last
        if end is None:
            return
        midnight = (self._processor.watermark // DAY + 1) * DAY
        while midnight <= end:
            self._apply(self._processor.advance(midnight))
            self._tick()
            midnight += DAY
        self._apply(self._processor.advance(end))
        self._tick()
        self._publish(self._trainers.publish())


def replay(
    sources: Sequence[Source],
    out: Path,
    policy: Policy,
    *,
    batch_size: int = BATCH_SIZE,
    now: float | None = None,
    show: Show = lambda _: None,
) -> dict[str, object]:
    """Replay `sources` into the new or empty folder `out`; returns its summary.

    Writes a file ``TOPIC.jsonl`` for each output and internal topic and ``summary.json``, all or
    nothing. Raises `SourceError` or `ReplayFolderError`.
    """
    with ReplayFolder(out, [*OUTPUT_TOPICS, *INTERNAL_TOPICS]) as folder:
        summary = Replay(policy, folder, batch_size=batch_size, now=now).run(sources, show)
        folder.finish(summary)
    return summary
