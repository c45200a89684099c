"""The Faust app: topics, table, agents and services of a worker, put together.

``faust -A streams.app worker`` and ``churnstream worker`` run the same `app`, made from the
environment when it is first asked for.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import faust
from faust.types import TP, ConsumerT

from detectors.effects import Message
from detectors.policy import Policy, load_policy
from detectors.processor import PartitionProcessor
from detectors.signals import watched
from detectors.targets import target_of
from schemas.codec import decode_output
from schemas.incident import Incident
from schemas.model_event import ModelEvent
from schemas.model_snapshot import ModelSnapshot
from schemas.signal_state import SignalState
from schemas.situation import Situation
from streams.garbage import collect_rarely
from streams.kafka.connection import aiokafka_options, faust_options
from streams.metrics import Metrics
from streams.settings import Settings
from streams.topics import CUSTOMERS_TABLE, logical
from streams.worker import failpoints, portfolio, signals, training
from streams.worker.batching import BatchConsumer, BatchTransport
from streams.worker.broadcast import Broadcast
from streams.worker.dead_letters import DeadLetterGuard
from streams.worker.deciding import Decider
from streams.worker.health import Health
from streams.worker.inbox import Inbox
from streams.worker.lease import Lease
from streams.worker.outbox import Outbox
from streams.worker.partitions import Build, Partitions, Published, Read
from streams.worker.positions import Positions
from streams.worker.single import SingleStage
from streams.worker.stage import CustomerStage
from streams.worker.store import CustomersTable, StoreError
from streams.worker.topic_watch import TopicWatch
from streams.worker.transactions import Transactions
from streams.worker.vitals import Vitals
from streams.worker.watch import STOP_WITHIN, StuckError, Watch, cut_short_after
from streams.worker.wiring import codec_of, faust_settings, names_of

log = logging.getLogger(__name__)

ENOUGH = 20
"""The inbox pauses the reader when it holds so many full rounds."""

DRAIN_WITHIN = 10.0
"""Seconds that a stopping worker gives the round under way."""


class ChurnApp(faust.App):
    """A Faust app that owns the stages, and stops rather than skip an event."""

    logger = logging.getLogger("faust")

    def __init__(self, settings: Settings, policy: Policy, build: Build) -> None:
        self.settings = settings
        self.policy = policy
        self.failure: BaseException | None = None
        """Why the worker stops, if it does so by itself."""
        self.on_failure: Callable[[], None] | None = None
        """Stops the process; without it the app crashes, which ends Faust's own worker too."""
        self.lease = Lease(settings.session_timeout)
        self.transactions: Transactions | None = None
        super().__init__(settings.app_id, **faust_options(settings), **faust_settings(settings))
        self.metrics = Metrics()
        self.health = Health(time.monotonic())
        self.names = names_of(settings)
        options = aiokafka_options(settings)
        self.outbox = Outbox(options, self.lease, self._refused)
        if settings.exactly_once:
            self.transactions = Transactions(
                options, settings.app_id, self.names.changelog, self.outbox, self.lease
            )
        self.owned = Partitions(build)
        self.broadcast = Broadcast(options, self.names.physical, self._install, self.fail)
        positions = Positions(self)
        inbox = Inbox(tuple(self.names.inputs), ENOUGH * settings.batch_size)
        decider = Decider(
            inbox,
            names=self.names,
            partitions=self.owned,
            decode=codec_of(policy).decode,
            guard=DeadLetterGuard(settings.dead_letter_limit, settings.dead_letter_window),
            metrics=self.metrics,
            positions=positions,
            batch_size=settings.batch_size,
            idle_after=settings.idle_after,
        )
        self.stage = CustomerStage(
            inbox,
            decider,
            names=self.names,
            partitions=self.owned,
            outbox=self.outbox,
            metrics=self.metrics,
            reach=failpoints.from_environment(os.environ),
            batch_size=settings.batch_size,
            batch_wait=settings.batch_wait,
            idle_after=settings.idle_after,
            transactions=self.transactions,
            rejoin=self._rejoin,
        )
        self.vitals = Vitals(
            self,
            names=self.names,
            stage=self.stage,
            partitions=self.owned,
            positions=positions,
            broadcast=self.broadcast,
            health=self.health,
            metrics=self.metrics,
        )
        self.topic_watch = TopicWatch(settings, self.fail)
        self._watch = Watch(self.health, settings.stall_exit, self._give_up)
        self._singles: list[SingleStage[Any]] = []
        self._wire()

    def fail(self, error: BaseException) -> None:
        """Stop the worker because of ``error``: nothing more is acknowledged, the exit is not 0."""
        if self.failure is not None or self.should_stop:
            return
        self.failure = error
        self.stage.abandon()
        self.health.failed(f"{type(error).__name__}: {error}")
        log.error("Stopping: %s", error, exc_info=log.isEnabledFor(logging.DEBUG))
        if self.on_failure is not None:
            self.on_failure()
        else:
            self.add_future(self.crash(error))

    async def on_start(self) -> None:
        """Start our own services with the app."""
        collect_rarely()
        await super().on_start()
        for service in (self.outbox, self.broadcast, self.vitals, self.topic_watch):
            await self.add_runtime_dependency(service)
        self.add_future(self._guarded(self.stage.run()))
        self._watch.start()

    async def on_stop(self) -> None:
        """Finish the round under way, then let Faust commit and stop."""
        self._watch.stop()
        self.health.stopping()
        if self.failure is None:
            try:
                await asyncio.wait_for(self._close(), DRAIN_WITHIN)
            except TimeoutError:
                log.warning("The broker does not answer; the last batch will be read again")
        self.stage.abandon()
        if self.transactions is not None:
            await self.transactions.close()
        await super().on_stop()

    async def _close(self) -> None:
        """Finish what is under way, so that partitions may go to another worker."""
        await self.stage.close()
        for single in self._singles:
            await single.close()

    async def _before_revoke(self) -> None:
        self.lease.give_up()
        if not self.should_stop and self.failure is None:
            await self._close()
        self.health.revoked()

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        numbers = self._input_partitions(assigned)
        self.health.assigned(len(numbers), 1)
        self.vitals.recovering()
        self.metrics.assigned(numbers)
        if self.transactions is not None:
            try:
                await self.transactions.claim(numbers)
            except Exception as error:
                self.fail(error)
        await super()._on_partitions_assigned(assigned, generation_id)

    def _rejoin(self) -> None:
        """Ask the group for our partitions anew."""
        thread = cast(Any, self.consumer)._thread
        coordinator = thread._ensure_consumer()._coordinator
        thread.thread_loop.call_soon_threadsafe(coordinator.request_rejoin)

    async def _on_recovered(self, numbers: set[int], rewritten: set[int]) -> None:
        """All stores are complete: go on with the partitions of this worker."""
        try:
            await self.broadcast.caught_up()
            if self.failure is not None:
                return
            published = self.broadcast.published
            self.owned.assign(numbers, rewritten, self.table.states, published)
            self.stage.open()
            self.health.recovered()
            log.info("Working on partitions %s", ", ".join(map(str, sorted(numbers))) or "none")
        except Exception as error:
            self.fail(error)

    def _wire(self) -> None:
        table = self.Table(
            CUSTOMERS_TABLE,
            key_type=bytes,
            value_type=bytes,
            partitions=self.settings.partitions,
            recovery_buffer_size=8,
        )
        self.table = cast(CustomersTable, table)
        self.table.on_ready = self._on_recovered
        self.table.on_failure = self.fail
        self._agent(CUSTOMERS_TABLE, list(self.names.inputs), self.stage.read)
        self._single(
            training.TOPIC, lambda: training.TrainingWork.begin(self.policy, self.broadcast)
        )
        self._single(
            portfolio.TOPIC, lambda: portfolio.PortfolioWork.begin(self.policy, self.broadcast)
        )
        self._single(signals.TOPIC, lambda: signals.SignalWork.begin(self.policy, self.broadcast))

    def _single(self, topic: str, begin: Callable[[], Awaitable[Any]]) -> None:
        stage: SingleStage[Any] = SingleStage(
            topic, names=self.names, outbox=self.outbox, begin=begin, observe=self._observe
        )
        self._singles.append(stage)
        self._agent(topic, [self.names.physical[topic]], stage.run)

    def _agent(
        self, name: str, topics: Sequence[str], work: Callable[[Any], Awaitable[None]]
    ) -> None:
        """One agent over composite events of ``topics``."""

        async def agent(stream: Any) -> None:
            await self._guarded(work(stream))

        channel = self.topic(*topics, key_type=bytes, value_type=bytes, allow_empty=True)
        self.agent(channel, name=name)(agent)

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Do ``work``; if it fails, stop the worker instead of letting Faust skip the event."""
        try:
            await work
        except Exception as error:
            self.fail(error)
            await asyncio.Event().wait()

    def _give_up(self, error: StuckError) -> None:
        """Stop, or end at once should not even that be possible. Called from another thread."""
        cut_short_after(STOP_WITHIN, str(error))
        self.loop.call_soon_threadsafe(self.fail, error)

    def _refused(self, name: str) -> None:
        """The broker refused a batch for the topic ``name`` on the cluster."""
        self.metrics.send_failed(logical(self.settings, name) or name)

    def _install(self, published: Published) -> None:
        self.owned.install(published)
        if isinstance(published, ModelSnapshot):
            self.metrics.model_installed(published)
        elif isinstance(published, Situation):
            self.metrics.situation(len(published.incidents))

    def _observe(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.value is not None:
                value = decode_output(message.topic, message.value)
                if isinstance(value, ModelSnapshot):
                    self.metrics.snapshot_published(target_of(value).name)
                elif isinstance(value, ModelEvent):
                    self.metrics.model_event(value)
                elif isinstance(value, Incident):
                    self.metrics.incident(value.stage)
                elif isinstance(value, SignalState):
                    self.metrics.surge_series(watched(value))

    def _input_partitions(self, assigned: set[TP]) -> list[int]:
        return sorted({tp.partition for tp in assigned if tp.topic in self.names.inputs})

    def _create_directories(self) -> None:
        """Only RocksDB needs folders."""
        if self.settings.store != "memory":
            try:
                self.conf.datadir.mkdir(parents=True, exist_ok=True)
                super()._create_directories()
            except OSError as error:
                raise StoreError(
                    f"the folder {error.filename} cannot be made ({error.strerror}); let the "
                    "worker write there, or set CHURNSTREAM_DATA_DIR to another"
                ) from error

    def _new_consumer(self) -> ConsumerT:
        consumer = cast(BatchConsumer, super()._new_consumer())
        consumer.before_revoke = self._before_revoke
        consumer.lease = self.lease
        consumer.unhurried = {self.names.physical[topic] for topic in self.names.single}
        if self.transactions is not None:
            consumer.in_transactions = self.names.inputs
        return cast(ConsumerT, consumer)

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)


def create_app(settings: Settings, policy: Policy, build: Build | None = None) -> ChurnApp:
    """The app of one worker. ``build`` makes the processor of a partition (default: ours)."""

    def ours(partition: int, read: Read) -> PartitionProcessor:
        return PartitionProcessor(partition, policy, read)

    return ChurnApp(settings, policy, build or ours)


def __getattr__(name: str) -> Any:
    """Make `app` from the environment when it is first asked for."""
    if name != "app":
        raise AttributeError(name)
    settings = Settings.from_env(os.environ)
    made = create_app(settings, load_policy(settings.policy))
    globals()["app"] = made
    return made
