"""The pulse of a worker: once a second it tells health and metrics how the worker is.

Where the partitions end is also asked of the broker, over a connection of its own: a consumer that
fetches no more would not hear of the records that wait for it.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from streams.metrics import Metrics
from streams.worker.broadcast import Broadcast
from streams.worker.health import Health
from streams.worker.partitions import Partitions
from streams.worker.positions import Positions
from streams.worker.rounds import Names
from streams.worker.stage import CustomerStage
from streams.worker.training import TOPIC as TRAINING

EVERY = 1.0
SIZES_EVERY = 10
"""The sizes of the stores are looked at in every so manieth pulse."""

ASK_EVERY = 5.0
"""Seconds between two questions to the broker."""

ASK_WITHIN = 5.0
"""Seconds for its answer."""


class Vitals(Service):
    """Looks at lag, recovery and stores; sends the signs of life of the event loop."""

    mundane_level = "debug"

    def __init__(
        self,
        app: Any,
        *,
        names: Names,
        stage: CustomerStage,
        partitions: Partitions,
        positions: Positions,
        broadcast: Broadcast,
        health: Health,
        metrics: Metrics,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._app = app
        self._names = names
        self._stage = stage
        self._partitions = partitions
        self._positions = positions
        self._broadcast = broadcast
        self._health = health
        self._metrics = metrics
        self._to_recover = 0
        self._told: Mapping[TopicPartition, int] = {}

    async def on_start(self) -> None:
        """Begin."""
        self.add_future(self._beat())
        self.add_future(self._ask())

    def recovering(self) -> None:
        """A recovery begins: its progress counts from the largest remainder seen."""
        self._to_recover = 0

    async def _beat(self) -> None:
        pulse = 0
        while not self.should_stop:
            self._health.beat(time.monotonic())
            if self._health.status.recovered:
                self._report_lag()
                if pulse % SIZES_EVERY == 0:
                    self._report_sizes()
            else:
                self._report_recovery()
            pulse += 1
            await asyncio.sleep(EVERY)

    async def _ask(self) -> None:
        while not self.should_stop:
            places = [
                TopicPartition(name, partition.number)
                for partition in self._partitions.owned
                for name in self._names.inputs
            ]
            try:
                self._told = await asyncio.wait_for(self._broadcast.ends(places), ASK_WITHIN)
            except (KafkaError, TimeoutError):
                self._health.unanswered()
            else:
                self._health.answered(time.monotonic())
            await self.sleep(ASK_EVERY)

    def _report_lag(self) -> None:
        lags = {}
        for partition in self._partitions.owned:
            number = partition.number
            uncommitted, moved = 0, partition.parts
            for name, topic in self._names.inputs.items():
                self._metrics.lag(topic, number, self._unprocessed(name, number))
                uncommitted += self._to_fetch(name, number) + self._positions.in_hand(name, number)
                moved += self._positions.committed(name, number)
            lags[number] = uncommitted, moved
        self._health.observe(lags, time.monotonic())
        examples = self._names.physical[TRAINING]
        self._metrics.training_backlog(self._to_fetch(examples, 0))

    def _to_fetch(self, name: str, partition: int) -> int:
        """Records that wait on the broker. Unless it has been fetched from, all it ever had."""
        ends = self._positions.end(name, partition), self._told.get(TopicPartition(name, partition))
        end = max((end for end in ends if end is not None), default=0)
        return max(end - (self._positions.fetched(name, partition) or 0), 0)

    def _unprocessed(self, name: str, partition: int) -> int:
        """Records that are not yet processed, as far as known; their commit may be to come."""
        if self._positions.fetched(name, partition) is None:
            return 0
        in_hand = self._positions.in_hand(name, partition)
        done = self._stage.done.get((name, partition), 0)
        uncommitted = done - self._positions.committed(name, partition)
        return self._to_fetch(name, partition) + max(in_hand - max(uncommitted, 0), 0)

    def _report_sizes(self) -> None:
        for partition in self._partitions.owned:
            self._metrics.state(partition.number, *partition.size())

    def _report_recovery(self) -> None:
        recovery = self._app.tables.recovery
        left = max(sum(recovery.active_remaining().values()), 0)
        self._to_recover = max(self._to_recover, left)
        self._metrics.recovery(self._to_recover - left, self._to_recover)
        self._health.recovering(left)
