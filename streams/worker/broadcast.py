"""Reads what the stages on one partition publish, for every worker.

A consumer without a group reads the compacted topics from their beginning, so each worker sees
everything. New processors get what was kept; `caught_up` tells when the ends were reached.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError
from mode import Service

from detectors.models.snapshot import check_format, is_outdated
from detectors.targets import target_of
from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.signal_state import SignalState
from streams.worker.partitions import Published

log = logging.getLogger(__name__)

TOPICS = ("model-snapshots", "portfolio", "situation", "cause-model", "signal-state")
"""Logical names; one partition each."""

KEPT = 64
"""How many versions of a value are kept for processors that are still behind in event time."""


class Broadcast(Service):
    """The published values; calls ``install`` with each one as it arrives."""

    mundane_level = "debug"

    def __init__(
        self,
        options: Mapping[str, Any],
        names: Mapping[str, str],
        install: Callable[[Published], None],
        on_error: Callable[[BaseException], None],
        **kwargs: Any,
    ) -> None:
        """``names``: logical name → name on the cluster."""
        super().__init__(**kwargs)
        self._options = options
        self._logical = {names[topic]: topic for topic in TOPICS}
        self._install = install
        self._on_error = on_error
        self._kept: dict[tuple[str, bytes], deque[Published]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )
        self._signal_state: SignalState | None = None
        self._consumer: Any = None
        self._at_end = asyncio.Event()

    @property
    def published(self) -> list[Published]:
        """All values kept, oldest first within each key."""
        return [value for values in self._kept.values() for value in values]

    @property
    def snapshots(self) -> Sequence[ModelSnapshot]:
        """The latest model of every target."""
        latest = [values[-1] for values in self._kept.values()]
        return [value for value in latest if isinstance(value, ModelSnapshot)]

    @property
    def portfolio(self) -> Portfolio | None:
        """The latest portfolio, if there is one."""
        latest = [values[-1] for values in self._kept.values()]
        found = [value for value in latest if isinstance(value, Portfolio)]
        return found[-1] if found else None

    @property
    def signal_state(self) -> SignalState | None:
        """What the signal stage published last to go on with, if anything."""
        return self._signal_state

    async def caught_up(self) -> None:
        """Return when everything that was published before this call has been read.

        However long the broker does not answer.
        """
        await self._at_end.wait()
        while True:
            try:
                ends = await self.ends([])
                break
            except KafkaTimeoutError as error:
                log.warning("Waiting for the broker: %s", error)
        while any([await self._consumer.position(place) < ends[place] for place in ends]):
            await asyncio.sleep(0.02)

    async def ends(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Ask the broker where the partitions ``places`` of any topics end now.

        It also asks about our own topics, so that the broker is asked in any case. Raises
        `KafkaError` when it does not answer.
        """
        ends: Mapping[TopicPartition, int] = await self._consumer.end_offsets(
            [*self._places(), *places]
        )
        return ends

    async def on_start(self) -> None:
        """Connect and go to the beginning."""
        self._consumer = AIOKafkaConsumer(
            **self._options, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=250
        )
        await self._consumer.start()
        places = self._places()
        self._consumer.assign(places)
        await self._consumer.seek_to_beginning(*places)
        self.add_future(self._read())

    async def on_stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    def _places(self) -> list[TopicPartition]:
        return [TopicPartition(name, 0) for name in self._logical]

    async def _read(self) -> None:
        try:
            while not self.should_stop:
                fetched = await self._consumer.getmany(timeout_ms=250)
                for place, records in fetched.items():
                    for record in records:
                        self._take(self._logical[place.topic], record)
                if not self._at_end.is_set() and await self._reached_end():
                    self._at_end.set()
        except Exception as error:
            self._on_error(error)

    async def _reached_end(self) -> bool:
        for place in self._places():
            end = self._consumer.highwater(place)
            if end is None or await self._consumer.position(place) < end:
                return False
        return True

    def _take(self, topic: str, record: Any) -> None:
        if record.value is None:
            return
        value = decode_output(topic, record.value)
        if isinstance(value, ModelSnapshot):
            if is_outdated(value):
                log.warning(
                    "The models of %s are left aside and begin anew: an older version wrote them",
                    target_of(value).name,
                )
                return
            check_format(value)
        if isinstance(value, SignalState):
            self._signal_state = value
        elif isinstance(value, Published):
            self._kept[topic, record.key or b""].append(value)
            self._install(value)
