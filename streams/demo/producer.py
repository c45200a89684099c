"""Sends events of sources to Kafka beside the main thread; the demo can watch meanwhile."""

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.produce import Progress, Run
from streams.settings import Settings
from streams.sources.source import load_source


class ProducerThread:
    """A context manager: sending begins on entry and is broken off on exit."""

    def __init__(
        self,
        settings: Settings,
        sources: Sequence[Path],
        limit: int | None = None,
        speed: float | None = None,
    ) -> None:
        """Send at most `limit` events of the source files, in order of time; None sends all.

        With a `speed` so many seconds of event time pass in a second.
        """
        self._sources = [load_source(path) for path in sources]
        self._stop = threading.Event()
        self._run = Run(
            settings, self._sources, limit=limit, speed=speed, progress=self._note, stop=self._stop
        )
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="producer", daemon=True)
        self.share = 0.0
        """How much of the sources has been sent, 0 to 1."""

    @property
    def produced(self) -> int:
        """Events that the broker has acknowledged."""
        return self._run.report.acknowledged

    @property
    def skipped(self) -> int:
        """Rows of the sources that became no event: no rule takes them, or they are unreadable."""
        return sum(source.counts.rows - source.counts.taken for source in self._sources)

    @property
    def finished(self) -> bool:
        """Whether all is sent and acknowledged; raises what ended the sending, if it failed."""
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Break off what is not finished, and wait for the thread."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._run.go()
        except Exception as error:
            self._error = error

    def _note(self, progress: Progress) -> None:
        self.share = progress.share
