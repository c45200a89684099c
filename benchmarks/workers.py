"""Workers of the product as processes: watched while they start, take over and work."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from benchmarks import machine
from benchmarks.contestants import Child, Contestant
from tests.kafka.cluster import free_ports

EVERY = 0.05
"""Seconds between two looks at a worker."""
WITHIN = 1800.0


@dataclass(frozen=True, slots=True)
class Recovery:
    """Moments (s since 1970), as seen from outside."""

    started: float
    """The process."""
    assigned: float
    """The group has given it partitions."""
    ready: float


class Worker:
    """``churnstream worker`` with a port of its own; a context manager."""

    def __init__(
        self, contestant: Contestant, folder: Path, name: str, variables: Mapping[str, str]
    ) -> None:
        (self.port,) = free_ports(1)
        own = {
            "CHURNSTREAM_METRICS_PORT": str(self.port),
            "CHURNSTREAM_DATA_DIR": str(folder / f"data-{name}"),
        }
        told = dict(contestant.variables) | own | dict(variables)
        self._child = Child(replace(contestant, variables=told), folder / f"{name}.log")
        self.started = 0.0

    def __enter__(self) -> Self:
        self.started = time.time()
        self._child.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.__exit__(kind, error, trace)

    @property
    def pid(self) -> int:
        """The process."""
        return self._child.pid

    @property
    def resident(self) -> int:
        """Bytes in RAM now."""
        return machine.resident_bytes(self.pid)

    @property
    def most_resident(self) -> int:
        """Bytes in RAM at most so far."""
        return machine.most_resident_bytes(self.pid)

    def pin(self, core: int) -> None:
        """Keep it on one core; call it at once, before it has threads."""
        os.sched_setaffinity(self.pid, {core})

    def pause(self) -> None:
        """Let it do nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._child.kill()

    def cpu_between(self, begin: float, end: float) -> float:
        """CPU seconds between two moments (s since 1970)."""
        return self._child.cpu_between(begin, end)

    def wait(self, done: Callable[[], bool], within: float = WITHIN) -> None:
        """Until `done`. Raises RuntimeError when the worker ends, TimeoutError when it is late."""
        self._child.wait(done, within, EVERY)

    def wait_ready(self) -> Recovery:
        """Until it has recovered."""
        assigned = 0.0

        def done() -> bool:
            nonlocal assigned
            page = self.health()
            if not assigned and page.get("partitions", 0):
                assigned = time.time()
            return self.is_ready(page)

        self.wait(done)
        return Recovery(self.started, assigned, time.time())

    def is_ready(self, page: Mapping[str, Any] | None = None) -> bool:
        """Whether it works on partitions."""
        page = self.health() if page is None else page
        return bool(page.get("ready") and page["partitions"])

    def wait_owning(self, partitions: int) -> None:
        """Until it works on so many partitions."""

        def done() -> bool:
            page = self.health()
            return self.is_ready(page) and page["partitions"] == partitions

        self.wait(done)

    def health(self) -> dict[str, Any]:
        """What ``/health/ready`` tells; empty while nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            found: dict[str, Any] = orjson.loads(connection.getresponse().read())
        except (OSError, HTTPException):
            return {}
        else:
            return found
        finally:
            connection.close()
