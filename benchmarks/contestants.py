"""The systems that are compared, each a process of its own on the same broker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.broker_io import APPEND_TIME, PARTITIONS, BrokerIO
from benchmarks.competitors.per_event import (
    BROKERS,
    EVENTS,
    FOLDER,
    INPUT,
    LOGICAL,
    OUTPUTS,
    PREFIX,
)
from benchmarks.machine import cpu_seconds
from benchmarks.retail import EXAMPLE
from streams.kafka import topic_admin
from streams.kafka.clients import admin_client
from streams.settings import Settings
from streams.topics import CHANGELOG, TOPICS, physical

ROOT = Path(__file__).parent.parent
SAMPLE_EVERY = 0.1
STOP_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """How to run one system on prepared topics."""

    name: str
    group: str
    changelog: str
    outputs: tuple[str, ...]
    """Physical topics, in the order of `OUTPUTS`."""
    command: tuple[str, ...]
    variables: Mapping[str, str]
    ends_by_itself: bool = False
    """Whether the process ends when it has done all events."""


def churnstream(
    io: BrokerIO, prefix: str, folder: Path, *, exactly_once: bool = False
) -> Contestant:
    """``churnstream worker`` as anyone runs it; makes the topics, its inputs among them."""
    variables = {
        "CHURNSTREAM_BROKERS": io.address,
        "CHURNSTREAM_APP_ID": f"{prefix}app",
        "CHURNSTREAM_TOPIC_PREFIX": prefix,
        "CHURNSTREAM_POLICY": str(EXAMPLE / "policy.toml"),
        "CHURNSTREAM_DATA_DIR": str(folder / "churnstream"),
        "CHURNSTREAM_PARTITIONS": str(PARTITIONS),
        "CHURNSTREAM_METRICS_PORT": "0",
        "CHURNSTREAM_IDLE_AFTER": "0",
        "CHURNSTREAM_LOG_LEVEL": "WARNING",
        "CHURNSTREAM_EXACTLY_ONCE": "on" if exactly_once else "off",
    }
    settings = Settings.from_env(variables)
    with admin_client(settings) as admin:
        topic_admin.create(admin, settings)
    io.stamp_at_append([physical(settings, t.name) for t in TOPICS if t.role != "input"])
    return Contestant(
        "churnstream, exactly once" if exactly_once else "churnstream",
        settings.app_id,
        physical(settings, CHANGELOG),
        tuple(physical(settings, name) for name in OUTPUTS),
        (sys.executable, "-m", "streams.cli", "worker"),
        variables,
    )


def plain_faust(io: BrokerIO, prefix: str, topic: str, folder: Path) -> Contestant:
    """Faust as its documentation shows it."""
    group = f"{prefix}app"
    changelog = f"{group}-customers-changelog"
    command = ("-m", "faust", "-A", "benchmarks.competitors.plain_faust", "--datadir")
    return _competitor(
        "plain Faust",
        io,
        prefix,
        changelog,
        (sys.executable, *command, str(folder / "faust"), "worker", "-l", "WARN"),
        _told(io, prefix, topic, 0, folder),
    )


def quix(
    io: BrokerIO, prefix: str, topic: str, folder: Path, events: int, logical: str = "interactions"
) -> Contestant:
    """Quix Streams as its documentation shows it; ends after `events` (0: never)."""
    changelog = f"changelog__{prefix}app--{topic}--default"
    return _competitor(
        "Quix Streams",
        io,
        prefix,
        changelog,
        (sys.executable, "-m", "benchmarks.competitors.quix"),
        _told(io, prefix, topic, events, folder) | {LOGICAL: logical},
        ends_by_itself=events > 0,
    )


def _told(io: BrokerIO, prefix: str, topic: str, events: int, folder: Path) -> dict[str, str]:
    return {
        BROKERS: io.address,
        PREFIX: prefix,
        INPUT: topic,
        EVENTS: str(events),
        FOLDER: str(folder),
    }


def _competitor(
    name: str,
    io: BrokerIO,
    prefix: str,
    changelog: str,
    command: Sequence[str],
    variables: Mapping[str, str],
    *,
    ends_by_itself: bool = False,
) -> Contestant:
    outputs = tuple(prefix + output for output in OUTPUTS)
    io.create(dict.fromkeys((changelog, *outputs), PARTITIONS), APPEND_TIME)
    return Contestant(
        name, f"{prefix}app", changelog, outputs, tuple(command), variables, ends_by_itself
    )


@dataclass(slots=True)
class Child:
    """A contestant at work; samples the CPU time that it has used."""

    contestant: Contestant
    log: Path
    samples: list[tuple[float, float]] = field(default_factory=list)
    """Wall time (s since 1970) and CPU seconds used since the start."""
    _process: subprocess.Popen[bytes] | None = None
    _sampler: threading.Thread | None = None

    def __enter__(self) -> Self:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CHURNSTREAM_")}
        paths = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.contestant.command,
                env=inherited | paths | dict(self.contestant.variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.log.parent,
                start_new_session=True,
            )
        self._sampler = threading.Thread(target=self._sample, args=(self._process,), daemon=True)
        self._sampler.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        assert self._sampler is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._sampler.join()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def wait(self, done: Callable[[], bool], timeout: float, every: float = 0.5) -> None:
        """Look every so many seconds until `done`, or until a process that does so has ended.

        Raises RuntimeError when it fails, TimeoutError when it takes longer.
        """
        assert self._process is not None
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            status = self._process.poll()
            if status is not None and (status or not self.contestant.ends_by_itself):
                raise RuntimeError(
                    f"{self.contestant.name} ended with status {status}; see {self.log}: "
                    + self.log.read_text(errors="replace")[-2000:]
                )
            if status == 0 or (not self.contestant.ends_by_itself and done()):
                return
            time.sleep(every)
        raise TimeoutError(f"{self.contestant.name} was not done within {timeout:g} s")

    def cpu_between(self, begin: float, end: float) -> float:
        """CPU seconds used between two moments (s since 1970), to about a tenth of a second."""
        before = [cpu for at, cpu in self.samples if at <= begin] or [0.0]
        until = [cpu for at, cpu in self.samples if at <= end] or [0.0]
        return until[-1] - before[-1]

    def _sample(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            try:
                self.samples.append((time.time(), cpu_seconds(process.pid)))
            except OSError:
                return
            time.sleep(SAMPLE_EVERY)
