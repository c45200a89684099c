"""Ends a worker that does not come to its work again, so that its supervisor starts it anew.

A worker that is alive, idle and behind looks well from outside, and nobody would help it. The
watch has a thread of its own: it sees also an event loop that stands still.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from streams.errors import ChurnstreamError
from streams.worker.health import Health, stuck

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks."""

STOP_WITHIN = 20.0
"""Seconds after which a stop that hangs (no broker) is cut short."""


class StuckError(ChurnstreamError):
    """The worker has work that it does not do; the reason says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the worker is stuck and stops, nothing was lost: {reason}; "
            "start it again (CHURNSTREAM_STALL_EXIT says how long it may last)"
        )


class Watch:
    """Calls ``give_up`` once, from its thread, when the worker has been stuck for ``limit`` s.

    ``limit`` 0 watches nothing. ``clock`` is the monotonic clock that feeds ``health``.
    """

    def __init__(
        self,
        health: Health,
        limit: float,
        give_up: Callable[[StuckError], None],
        *,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health = health
        self._limit = limit
        self._give_up = give_up
        self._every = every
        self._clock = clock
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin, in the background."""
        if self._limit:
            threading.Thread(target=self._look, name="watch", daemon=True).start()

    def stop(self) -> None:
        """End. Safe to call twice."""
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(self._every):
            reason = stuck(self._health.status, self._clock(), self._limit)
            if reason is not None:
                self._give_up(StuckError(reason))
                return


def cut_short_after(seconds: float, why: str = "") -> None:
    """End the process with status 1 after ``seconds``, whatever it does then."""

    def end() -> None:
        log.error(
            "Stopping took over %g s; what was not finished will be read again%s",
            seconds,
            f" ({why})" if why else "",
        )
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
