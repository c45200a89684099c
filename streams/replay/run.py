"""The detectors over files, without a broker: one partition, in order of event time.

Records are cut at every full hour (UTC) of event time, and at ``batch_size`` within an hour. At an
hour the signal stage takes what came up, at a midnight the trainer and the portfolio, too, and what
they publish is installed; in between all stand still. So the cut by ``batch_size`` changes nothing:
equal input gives equal bytes.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson

from detectors.archiving import with_archive
from detectors.customer.features import feature_names
from detectors.customer.partition import PREFIX
from detectors.durations import DAY, HOUR
from detectors.effects import Message, Record
from detectors.policy import Policy
from detectors.targets import target_of
from schemas.catalogue import INTERNAL_TOPICS, OUTPUT_TOPICS
from schemas.codec import Decoded
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from streams.arrivals import Arrivals
from streams.live import LiveSystem, Published
from streams.replay.folder import ReplayFolder
from streams.replay.summary import Tally
from streams.sources.events import EncodedEvent
from streams.sources.order import merged
from streams.sources.source import Source
from streams.topics import CHANGELOG

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
        self._arrivals = Arrivals(policy, now)
        self._names = feature_names(policy)
        self._live = LiveSystem(policy, sent=self._write, published=self._publish)

    def run(self, sources: Sequence[Source], show: Show = lambda _: None) -> dict[str, object]:
        """Replay all events, finish what is due, and return the summary.

        Raises `SourceError` or `ReplayFolderError`.
        """
        batch: list[Record] = []
        hour = midnight = float("-inf")
        for event in merged(sources):
            if event.occurred_at >= hour:
                self._process(batch)
                if event.occurred_at >= midnight:
                    self._live.tick()
                    midnight = (event.occurred_at // DAY + 1) * DAY
                else:
                    self._live.sense()
                hour = (event.occurred_at // HOUR + 1) * HOUR
            elif len(batch) >= self._batch_size:
                self._process(batch)
            batch.append(self._record(event))
            if self.tally.read % _PROGRESS_EVERY == 0:
                show(self.tally.read)
        self._process(batch)
        self._live.tick()
        self._end()
        customers = sum(not key.startswith(PREFIX) for key in self._live.store)
        return self.tally.document(sources, customers)

    def _record(self, event: EncodedEvent) -> Record:
        record, tally = self._arrivals.record(event), self.tally
        tally.read += 1
        if isinstance(record.decoded, Decoded):
            at = record.decoded.occurred_at
            tally.first = at if tally.first is None else tally.first
            tally.last = at
        return record

    def _process(self, batch: list[Record]) -> None:
        if batch:
            self.tally.add(self._live.process(batch))
            batch.clear()

    def _publish(self, message: Message, payload: Published) -> None:
        self._write(with_archive([message], self._names))
        if isinstance(payload, ModelSnapshot):
            self.tally.models[target_of(payload).name] = payload
        elif isinstance(payload, Portfolio):
            self.tally.portfolio = payload

    def _write(self, messages: Sequence[Message]) -> None:
        self._folder.write(messages)
        self.tally.written(messages)

    def _end(self) -> None:
        """Do all that is due by the last event's time, a day at a time; then a last snapshot."""
        end = self.tally.last
        if end is None:
            return
        midnight = (self._live.processor.watermark // DAY + 1) * DAY
        while midnight <= end:
            self._advance(midnight)
            midnight += DAY
        self._advance(end)
        self._live.publish()
        self._folder.write(list(self._states()))

    def _states(self) -> Iterator[Message]:
        """The customers' states as they are at the end, in order of their ids."""
        for key, value in sorted(self._live.store.items()):
            if not key.startswith(PREFIX):
                line = {"key": key.decode(), "value": b64encode(value).decode()}
                yield Message(CHANGELOG, key, orjson.dumps(line))

    def _advance(self, watermark: float) -> None:
        self.tally.add(self._live.advance(watermark))
        self._live.tick()


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

    Writes a file ``TOPIC.jsonl`` for each output and internal topic, the states that the customers
    have at the end (as the changelog holds them) and ``summary.json``, all or
    nothing. Raises `SourceError` or `ReplayFolderError`.
    """
    with ReplayFolder(out, [*OUTPUT_TOPICS, *INTERNAL_TOPICS, CHANGELOG]) as folder:
        summary = Replay(policy, folder, batch_size=batch_size, now=now).run(sources, show)
        folder.finish(summary)
    return summary
