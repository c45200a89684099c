"""A worker as a child process, as `churnstream demo` starts one."""

import http
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from streams.errors import ChurnstreamError
from streams.watchdog import Watchdog

LAST_LINES = 5


class WorkerError(ChurnstreamError):
    """The worker did not become ready, or ended by itself."""


class WorkerProcess:
    """``churnstream worker`` with settings of its own, from ``start`` to ``stop``.

    It does not get the terminal's Ctrl-C (the one who started it stops it), and it dies with
    this process.
    """

    def __init__(self, variables: Mapping[str, str], metrics_port: int, log: Path) -> None:
        """`variables`: its CHURNSTREAM_… settings, instead of those here; `log`: its output."""
        self._variables = variables
        self._address = ("127.0.0.1", metrics_port)
        self._log_path = log
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: Watchdog | None = None

    def start(self) -> None:
        """Start the process; `wait_ready` tells when it works."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CHURNSTREAM_")}
        own = {**self._variables, "CHURNSTREAM_METRICS_PORT": str(self._address[1])}
        self._log = self._log_path.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streams.cli", "worker"],
            env=inherited | own,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._watchdog = Watchdog(self._process.pid)

    def wait_ready(self, timeout: float) -> None:
        """Block until /health/ready says yes; raises `WorkerError` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self._get("/health/ready") is None:
            self.check()
            if time.monotonic() > deadline:
                raise WorkerError(
                    f"the worker was not ready within {timeout:g} s: {self._last_words()}"
                )
            time.sleep(0.1)

    def check(self) -> None:
        """Raise `WorkerError` if the process has ended by itself."""
        status = None if self._process is None else self._process.poll()
        if status is not None:
            raise WorkerError(f"the worker ended with status {status}: {self._last_words()}")

    def metrics(self) -> list[Metric]:
        """What /metrics says now; empty if it does not answer in time."""
        text = self._get("/metrics")
        return [] if text is None else list(text_string_to_metric_families(text))

    def stop(self, grace: float = 10.0) -> None:
        """SIGTERM, and after `grace` seconds SIGKILL. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
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
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; in no time when something failed."""
        self.stop(grace=10.0 if kind is None else 2.0)

    def _get(self, path: str) -> str | None:
        connection = http.client.HTTPConnection(*self._address, timeout=2)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return text if response.status == http.HTTPStatus.OK else None

    def _last_words(self) -> str:
        lines = self._log_path.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        said = " / ".join(line.strip() for line in lines) or "(it said nothing)"
        return f"{said} (all of it: {self._log_path})"
