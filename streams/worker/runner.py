"""Runs a worker's app until it is told to stop or fails, and says with which status to exit."""

import asyncio
import logging
import signal

import faust

from detectors.customer.state import StateVersionError
from detectors.customer.stored import StateDamageError
from detectors.models.snapshot import ModelFormatError
from schemas.catalogue import NewerVersionError
from streams.app import ChurnApp
from streams.errors import ChurnstreamError
from streams.worker.watch import STOP_WITHIN, cut_short_after

log = logging.getLogger(__name__)

NEWER = (NewerVersionError, StateVersionError, ModelFormatError)
"""What is raised for data of a newer version; the message names it and the remedy."""


class StreamWorker(faust.Worker):
    """Faust's worker with signals that speak plainly and an end that cannot hang."""

    logger = logging.getLogger("faust")

    def __init__(self, app: ChurnApp) -> None:
        super().__init__(app, loglevel=None, redirect_stdouts=False, override_logging=False)
        self.spinner = None
        self._churn = app
        app.on_failure = self.stop_soon

    def stop_soon(self) -> None:
        """Stop as SIGTERM does."""
        self._schedule_shutdown(signal.SIGTERM)

    def _on_sigint(self) -> None:
        self._on_sigterm()

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        if not self._signal_stop_time:
            if self._churn.failure is None:
                log.info("Stopping: finishing the batch under way")
            cut_short_after(STOP_WITHIN)
        super()._schedule_shutdown(signal)

    async def _sentinel_task(self) -> None:
        """Let what was cancelled end, for a second at most; Faust waits that long in any case."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=1.0)

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """Leave the process its name."""


def run(app: ChurnApp) -> None:
    """Run ``app`` until SIGTERM or SIGINT.

    Raises what made the worker stop by itself, if it did.
    """
    worker = StreamWorker(app)
    crash: BaseException | None = None
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        # An error of the start ends the process with a status; the error itself is the context.
        crash = app.failure or worker.crash_reason or (end.__context__ if end.code else None)
    if crash is not None:
        raise _told(crash, app.names.changelog) from crash


def _told(crash: BaseException, changelog: str) -> ChurnstreamError:
    """The error for the person who started the worker."""
    if isinstance(crash, ChurnstreamError):
        return crash
    if isinstance(crash, NEWER):
        return NewerDataError(f"the worker stopped, nothing was lost: {crash}")
    if isinstance(crash, StateDamageError):
        return DamagedDataError(crash, changelog)
    return WorkerFailedError(crash)


class NewerDataError(ChurnstreamError):
    """What is stored or published was written by a newer version of the product."""


class DamagedDataError(ChurnstreamError):
    """What is stored cannot be read."""

    def __init__(self, cause: StateDamageError, changelog: str) -> None:
        super().__init__(
            f"the worker stopped: {cause}; remove the RocksDB store, if it has one, and start it "
            f"again: it restores all from the topic {changelog}; if that is damaged too, send it a "
            "record with this key and no value, from which on the customer is a new one"
        )


class WorkerFailedError(ChurnstreamError):
    """Something failed that must not: a defect of churnstream or of a library."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(
            f"the worker stopped, nothing was lost: {type(cause).__name__}: {cause}; start it "
            "again, and report this if it comes back (CHURNSTREAM_LOG_LEVEL=DEBUG tells more)"
        )
