"""A worker under test: a process that is asked, signalled and ended."""

import http
import http.client
import resource
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

WITHIN = 60.0
"""Seconds that anything may take on a busy machine."""


class WorkerUnderTest:
    """``churnstream worker`` (or another command) as a process."""

    def __init__(self, command: Sequence[str], env: dict[str, str], log: Path, port: int) -> None:
        self.port = port
        self._path = log
        self._log: IO[bytes] = log.open("wb")
        self._process = subprocess.Popen(
            command, env=env, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def halted(self) -> bool:
        """Whether a SIGSTOP keeps it from running (Linux)."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    @property
    def output(self) -> str:
        """All that it has written."""
        return self._path.read_text(errors="replace")

    @property
    def ready(self) -> bool:
        """What /health/ready says."""
        return self._get("/health/ready") is not None

    @property
    def health(self) -> str:
        """The page /health/ready; empty when nobody answers."""
        return self._get("/health/ready", also_unwell=True) or ""

    def metrics(self) -> dict[str, float]:
        """What /metrics says: values by name with labels."""
        lines = (self._get("/metrics") or "").splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def look(self) -> str:
        """Its end or its health page, and its log: what a failure needs to be understood."""
        if not self.alive:
            state = f"ended with {self._process.returncode}"
        else:
            page = self.health or "no answer"
            state = f"alive; /health/ready: {page.strip()}"
        return f"{self._path.name}: {state}\n{self.output}"

    def _get(self, path: str, *, also_unwell: bool = False) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        else:
            return text if also_unwell or response.status == http.HTTPStatus.OK else None
        finally:
            connection.close()

    def limit_files(self, size: int) -> None:
        """Let no file of the worker grow beyond ``size`` bytes, as a full disk would (Linux)."""
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, size))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit status, once it ends."""
        try:
            return self._process.wait(WITHIN)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker does not end:\n{self.look()}") from None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        """Kill it if it still runs."""
        if self.alive:
            self._process.kill()
            self._process.wait()
        self._log.close()
