"""What happens to a deployment under load, step by step: each fault is one method.

Workers that end by themselves are not started again here unless a fault says so: a test that needs
that says so.
"""

import random
import signal
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from kafka import KafkaProducer

from tests.faults.load import Load, Pair, complaints
from tests.faults.verifier import verify
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.worker import WITHIN, WorkerUnderTest

RATE = 400
"""Records a second that come meanwhile."""
SESSION = 2.0
"""Seconds; `Deployment` gives its workers this session timeout."""


class Flow:
    """Load that keeps coming, from a thread, while something happens to the workers."""

    def __init__(self, deployment: Deployment, load: Load, *, begin: int) -> None:
        self.sent = begin
        self._deployment = deployment
        self._load = load
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, with everything acknowledged. Raises what kept it from that."""
        self._ended.set()
        self._thread.join(WITHIN * 2)
        assert not self._thread.is_alive(), "the load cannot be sent"
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            producer = KafkaProducer(
                bootstrap_servers=list(self._deployment.settings.brokers),
                linger_ms=5,
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=180_000,
            )
            waiting = []
            while not self._ended.is_set():
                size = RATE // 10
                batch: list[tuple[str, Pair]] = [
                    ("interactions", pair)
                    for pair in self._load.interactions(size, begin=self.sent)
                ]
                batch += [("complaints", pair) for pair in complaints(1, begin=self.sent // size)]
                waiting += [
                    producer.send(self._deployment.name(topic), key=key, value=value)
                    for topic, (key, value) in batch
                ]
                self.sent += size
                self._ended.wait(0.1)
            producer.flush(WITHIN * 2)
            for future in waiting:
                future.get(1)
            producer.close()
        except BaseException as error:
            self._failure = error


class Scenario:
    """Some workers under load, until the end of the ``with`` block; then nothing may be wrong."""

    def __init__(
        self,
        deployment: Deployment,
        node: KafkaNode,
        variables: Mapping[str, str] | None = None,
        *,
        seed: int,
        workers: int = 2,
        load: Load | None = None,
        before: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """``variables`` of every worker, without prefix; ``before``: states to begin with."""
        self.deployment = deployment
        self.node = node
        self.before = before
        self.chance = random.Random(seed)
        self.workers: list[WorkerUnderTest] = []
        self._variables = {"BATCH_SIZE": "100"} | dict(variables or {})
        self._flow = Flow(deployment, load or Load(seed), begin=0)
        self._count = workers
        self._started = 0

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self.add()
        self.all_ready()
        self._flow.start()
        self.pause(0.5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            return
        self._flow.stop()
        self.deployment.wait_done(*self.workers)
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        for worker in self.workers:
            assert worker.wait() == 0, worker.look()
        verify(self.deployment, before=self.before)

    def add(self, *command: str, **variables: str) -> WorkerUnderTest:
        """One worker more."""
        folder = str(self.deployment.folder / f"data-{self._started}")
        self._started += 1
        own = {"DATA_DIR": folder} | self._variables | variables
        worker = self.deployment.worker(*command, **own)
        self.workers.append(worker)
        return worker

    def take(self) -> WorkerUnderTest:
        """One of the workers; it is not counted upon any more."""
        return self.workers.pop(self.chance.randrange(len(self.workers)))

    def all_ready(self) -> None:
        """Wait until every worker does its work."""
        self.deployment.wait_for(lambda: all(w.ready for w in self.workers), "ready workers")

    def pause(self, seconds: float) -> None:
        """Let the load go on for a while."""
        time.sleep(seconds)

    def kill(self) -> None:
        """Power fails for one worker; another takes its place."""
        self.take().signal(signal.SIGKILL)
        self.add()
        self.all_ready()

    def terminate(self) -> None:
        """One worker is stopped in good order; another takes its place."""
        worker = self.take()
        assert worker.stop() == 0, worker.look()
        self.add()
        self.all_ready()

    def grow_and_shrink(self) -> None:
        """A worker comes, and another goes."""
        self.add()
        self.all_ready()
        self.pause(0.5)
        worker = self.take()
        assert worker.stop() == 0, worker.look()
        self.all_ready()

    def roll(self) -> None:
        """All workers are replaced one after the other."""
        for worker in list(self.workers):
            self.workers.remove(worker)
            assert worker.stop() == 0, worker.look()
            self.add()
            self.all_ready()

    def halt(self) -> None:
        """One worker is frozen beyond its session, and comes back as a zombie."""
        worker = self.chance.choice(self.workers)
        worker.signal(signal.SIGSTOP)
        self.pause(2.5 * SESSION)
        worker.signal(signal.SIGCONT)
        self.pause(0.5)
        self.all_ready()

    def restart_broker(self) -> None:
        """The broker loses power and comes back."""
        self.node.stop(kill=True)
        self.pause(1)
        self.node.start()
        self.all_ready()

    def silence_broker(self, seconds: float = 3 * SESSION) -> None:
        """The broker does not answer for a while; connections stay open."""
        self.node.signal(signal.SIGSTOP)
        self.pause(seconds)
        self.node.signal(signal.SIGCONT)
        self.pause(0.5)
        self.all_ready()

    def slow_broker(self, pulses: int = 12) -> None:
        """The broker answers in jerks."""
        for _ in range(pulses):
            self.node.signal(signal.SIGSTOP)
            self.pause(self.chance.uniform(0.1, 0.5))
            self.node.signal(signal.SIGCONT)
            self.pause(self.chance.uniform(0.02, 0.15))
        self.all_ready()


FAULTS = (
    Scenario.kill,
    Scenario.terminate,
    Scenario.grow_and_shrink,
    Scenario.roll,
    Scenario.halt,
    Scenario.restart_broker,
    Scenario.silence_broker,
    Scenario.slow_broker,
)
"""What may happen at any time, and in any order."""
