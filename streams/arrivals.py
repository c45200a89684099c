"""Events of files as the records that a broker would give: one partition of each topic."""

import time

from detectors.effects import Record
from detectors.policy import Policy
from streams.decoding import codec_of
from streams.sources.events import EncodedEvent


class Arrivals:
    """Gives each event its offset, received when it happened.

    `now` (epoch s; None: the clock) judges what lies in the future: such an event is received
    when the one before it was.
    """

    def __init__(self, policy: Policy, now: float | None = None) -> None:
        self._codec = codec_of(policy)
        self._now = time.time() if now is None else now
        self._offsets: dict[str, int] = {}
        self._received_at = 0.0

    def record(self, event: EncodedEvent) -> Record:
        """The next event, decoded or refused as a worker would."""
        topic = event.topic
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
        return Record(topic, 0, offset, self._received_at, event.key, event.value, decoded)
