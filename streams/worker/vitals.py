"""The pulse of a worker: once a second it tells health and metrics how the worker is."""

import asyncio
import time
from typing import Any

from mode import Service

from streams.metrics import Metrics
from streams.worker.health import Health
from streams.worker.partitions import Partitions
from streams.worker.positions import Positions
from streams.worker.rounds import Names
from streams.worker.stage import CustomerStage
from streams.worker.training import TOPIC as TRAINING

EVERY = 1.0
SIZES_EVERY = 10
"""The sizes of the stores are looked at in every so manieth pulse."""


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
        self._health = health
        self._metrics = metrics
        self._to_recover = 0

    async def on_start(self) -> None:
        """Begin."""
        self.add_future(self._beat())

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

    def _report_lag(self) -> None:
        total = 0
        for partition in self._partitions.owned:
            for name, topic in self._names.inputs.items():
                lag = self._lag(name, partition.number)
                self._metrics.lag(topic, partition.number, lag)
                total += lag
        self._health.observe(lag=total, progress=self._stage.acknowledged, now=time.monotonic())
        examples = self._names.physical[TRAINING]
        self._metrics.training_backlog(self._lag(examples, 0))

    def _lag(self, name: str, partition: int) -> int:
        """Records behind what is acknowledged or, if nothing was yet, behind what is fetched."""
        end = self._positions.end(name, partition)
        begin = self._stage.done.get((name, partition))
        if begin is None:
            begin = self._positions.fetched(name, partition)
        return 0 if end is None or begin is None else max(end - begin, 0)

    def _report_sizes(self) -> None:
        for partition in self._partitions.owned:
            self._metrics.state(partition.number, *partition.size())

    def _report_recovery(self) -> None:
        recovery = self._app.tables.recovery
        left = max(sum(recovery.active_remaining().values()), 0)
        self._to_recover = max(self._to_recover, left)
        self._metrics.recovery(self._to_recover - left, self._to_recover)
        self._health.recovering(left)
