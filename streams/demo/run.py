"""The demo: a broker, a worker and data, run to the end by themselves and summed up.

The steps are here; how they are shown is the caller's (`View`).
"""

import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from prometheus_client import Metric

from detectors.targets import target_of
from schemas.codec import decode_output
from schemas.customer_state import CustomerState
from schemas.model_snapshot import ModelSnapshot
from streams.alerts import ALERT_TOPICS, Alert, alert_of
from streams.demo.acts import Act, retail_act, telecom_act
from streams.demo.producer import ProducerThread
from streams.demo.sensed import Sensed, sensed
from streams.demo.summary import Events, Summary, count_alerts, worth_saving
from streams.demo.worker_process import WorkerProcess
from streams.errors import ChurnstreamError
from streams.kafka import topic_admin
from streams.kafka.broker import BrokerError, EmbeddedBroker
from streams.kafka.clients import admin_client
from streams.kafka.reading import TopicReader
from streams.settings import Settings

READY_TIMEOUT = 60.0
STALL_TIMEOUT = 60.0
"""So long the worker may make no progress before the demo gives up (s)."""
SETTLE_TIMEOUT = 10.0
"""So long the trainer may take for what is left when all events are processed (s)."""


class DemoError(ChurnstreamError):
    """The run cannot be finished."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `brokers` None starts the embedded one; `limit` events at most, None for all.

    The limit is that of the first act.
    """

    brokers: str | None = None
    limit: int | None = None
    first_act_only: bool = False


class View(Protocol):
    """How a run is shown while it goes on."""

    def step(self, text: str) -> None:
        """Say what is being done now."""

    def progress(self, read: float, produced: int, processed: int) -> None:
        """Show the share of the source that was read (0 to 1), events sent, events processed."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Show alerts that came in; possibly many at once, possibly none."""

    def second_act(self, summary: Summary) -> None:
        """The first act is over and came to `summary`; other things are worth showing now."""


def run(plan: Plan, view: View) -> tuple[Summary, Sensed | None]:
    """Run the demo to its end and return what its acts came to.

    Everything that it started has ended when this returns or raises. Raises `ChurnstreamError`
    when broker, worker or source fail, or when the worker makes no progress any more.
    """
    with _brokers(plan, view) as brokers:
        act = retail_act(plan.limit)
        with _performed(act, brokers, view) as (settings, producer, outcomes, seconds):
            view.step("Reading the results from the topics")
            kept = plan.brokers and f"--brokers {brokers} --topic-prefix {settings.topic_prefix}"
            summary = _summary(settings, producer, outcomes, seconds)
            summary = replace(summary, kept_at=kept)
        if plan.first_act_only:
            return summary, None
        view.second_act(summary)
        with tempfile.TemporaryDirectory(prefix="churnstream-telecom-") as folder:
            view.step("Making up a telecom company")
            act = telecom_act(Path(folder) / "world")
            with _performed(act, brokers, view) as (settings, producer, outcomes, seconds):
                return summary, sensed(settings, _events(producer, outcomes), seconds)


@contextmanager
def _brokers(plan: Plan, view: View) -> Iterator[str]:
    """The address of the brokers; an embedded one is started where the plan names none."""
    if plan.brokers is not None:
        yield plan.brokers
        return
    view.step("Starting the embedded broker")
    try:
        broker = EmbeddedBroker()
    except BrokerError as error:
        remedy = "with a Kafka of your own: churnstream demo --brokers host:port"
        raise DemoError(f"{error}; {remedy}") from None
    with broker:
        yield broker.address


@contextmanager
def _performed(
    act: Act, brokers: str, view: View
) -> Iterator[tuple[Settings, ProducerThread, Mapping[str, int], float]]:
    """An act played to its end: where its topics are, what was sent and became of it, seconds."""
    with ExitStack() as stack:
        folder = stack.enter_context(_working_folder())
        variables = _variables(act, brokers, folder)
        settings = Settings.from_env(variables)
        with admin_client(settings) as client:
            topic_admin.create(client, settings)
        view.step("Starting a worker")
        worker = WorkerProcess(variables, _free_port(), folder / "worker.log")
        with worker:
            worker.wait_ready(READY_TIMEOUT)
            view.step(act.intro)
            begin = time.monotonic()
            producer = stack.enter_context(
                ProducerThread(settings, act.sources, act.limit, act.speed)
            )
            outcomes = _follow(producer, worker, settings, view)
            seconds = time.monotonic() - begin
            _settle(worker)
        yield settings, producer, outcomes, seconds


@contextmanager
def _working_folder() -> Iterator[Path]:
    """A folder for the worker's log and data; it stays only if the run fails, to be read."""
    folder = Path(tempfile.mkdtemp(prefix="churnstream-demo-"))
    try:
        yield folder
    except ChurnstreamError:
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _variables(act: Act, brokers: str, folder: Path) -> dict[str, str]:
    """The settings of an act as environment variables."""
    variables = {
        name: value for name, value in os.environ.items() if name.startswith("CHURNSTREAM_")
    }
    mark = secrets.token_hex(4)  # several runs on one cluster must not meet
    variables |= {
        "CHURNSTREAM_BROKERS": brokers,
        "CHURNSTREAM_APP_ID": f"churnstream-demo-{mark}",
        "CHURNSTREAM_TOPIC_PREFIX": f"demo-{mark}.",
        "CHURNSTREAM_DATA_DIR": str(folder),
        "CHURNSTREAM_IDLE_AFTER": "0",
    }
    if act.policy is not None:
        variables["CHURNSTREAM_POLICY"] = str(act.policy)
    return variables


def _follow(
    producer: ProducerThread, worker: WorkerProcess, settings: Settings, view: View
) -> Mapping[str, int]:
    """Show what happens until the worker has accounted for every event; the final outcomes."""
    outcomes: Mapping[str, int] = {}
    moved = time.monotonic()
    for alerts in _alerts(settings):
        view.alerts(alerts)
        worker.check()
        before, outcomes = outcomes, _outcomes(worker.metrics()) or outcomes
        done = producer.finished  # asked before the counts are compared, or the last may be missed
        processed = sum(outcomes.values())
        view.progress(producer.share, producer.produced, processed)
        if done and processed >= producer.produced:
            return outcomes
        if outcomes != before or not done:
            moved = time.monotonic()
        elif time.monotonic() - moved > STALL_TIMEOUT:
            raise DemoError(
                f"the worker made no progress for {STALL_TIMEOUT:g} s after {processed:,} of "
                f"{producer.produced:,} events"
            )
    raise DemoError("the alerts could not be followed to the end")


def _alerts(settings: Settings) -> Iterator[list[Alert]]:
    """The alerts as they come, for ever; in lists, of which many are empty."""
    with TopicReader(settings) as reader:
        reader.assign({topic: reader.partitions(topic) for topic in ALERT_TOPICS}, from_start=True)
        for items in reader.follow():
            yield [alert_of(item) for item in items]


def _outcomes(metrics: Sequence[Metric]) -> dict[str, int]:
    """Records by outcome, over all topics."""
    found: dict[str, int] = {}
    for metric in metrics:
        for sample in metric.samples:
            if sample.name == "churnstream_events_total":
                outcome = sample.labels["outcome"]
                found[outcome] = found.get(outcome, 0) + int(sample.value)
    return found


def _settle(worker: WorkerProcess) -> None:
    """Wait until the trainer has learned from what is left, so that the last model is out."""
    deadline = time.monotonic() + SETTLE_TIMEOUT
    while time.monotonic() < deadline:
        samples = [sample for metric in worker.metrics() for sample in metric.samples]
        backlog = [s.value for s in samples if s.name == "churnstream_training_backlog_examples"]
        if backlog and not any(backlog):
            return
        time.sleep(0.2)


def _summary(
    settings: Settings, producer: ProducerThread, outcomes: Mapping[str, int], seconds: float
) -> Summary:
    customers: dict[str, CustomerState] = {}
    alerts: list[Alert] = []
    models: dict[str, ModelSnapshot] = {}
    with TopicReader(settings) as reader:
        topics = (*ALERT_TOPICS, "customer-state", "model-snapshots")
        reader.assign({topic: reader.partitions(topic) for topic in topics}, from_start=True)
        for item in (item for items, _ in reader.until_end() for item in items):
            if item.topic == "customer-state":
                view = decode_output(item.topic, item.value or b"", CustomerState)
                customers[view.customer_id] = view
            elif item.topic == "model-snapshots":
                snapshot = decode_output(item.topic, item.value or b"")
                if isinstance(snapshot, ModelSnapshot):
                    models[target_of(snapshot).name] = snapshot
            else:
                alerts.append(alert_of(item))
    events = _events(producer, outcomes)
    return Summary(
        events=events,
        rows_skipped=producer.skipped,
        customers=len(customers),
        alerts=count_alerts(alerts),
        worth_saving=worth_saving(customers.values()),
        models=tuple(models[target] for target in sorted(models)),
        seconds=seconds,
    )


def _events(producer: ProducerThread, outcomes: Mapping[str, int]) -> Events:
    """Where the events of an act ended."""
    return Events(
        produced=producer.produced,
        applied=outcomes.get("applied", 0),
        duplicate=outcomes.get("duplicate", 0),
        late=outcomes.get("late", 0),
        dead_lettered=outcomes.get("dead_lettered", 0),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
