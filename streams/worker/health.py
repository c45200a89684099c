"""Whether a worker is alive and ready: pure functions of a status, and who keeps the status.

Times are seconds of one monotonic clock; nothing here looks at a clock by itself.
"""

import dataclasses
from dataclasses import dataclass
from threading import Lock

LIVE_FACTOR = 3
"""After one stall limit a silent event loop makes a worker not ready; after so many, not live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a worker knows of itself.

    ``joined``: the group gave it its partitions (possibly none: a spare worker is ready too).
    ``recovered``: the stores of all its partitions are rebuilt; ``to_recover`` records are left.
    ``lag``: records that wait in its partitions. ``waiting_since``: since when, without a break,
    records wait while no offset is acknowledged. ``beat``: last sign of life of the event loop.
    ``failure``: why the worker is about to stop, where it is.
    """

    beat: float
    joined: bool = False
    partitions: int = 0
    recovered: bool = False
    to_recover: int = 0
    lag: int = 0
    waiting_since: float | None = None
    stopping: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker does its work."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """The worker does not do its work, for these reasons (at least one)."""

    reasons: tuple[str, ...]


def readiness(status: Status, now: float, stall_limit: float) -> Ready | NotReady:
    """Whether the worker is assigned, recovered, and making progress while there is lag."""
    reasons = []
    if status.failure is not None:
        reasons.append(f"failed: {status.failure}")
    if status.stopping:
        reasons.append("stopping")
    if not status.joined:
        reasons.append("not assigned: waiting for partitions from the consumer group")
    elif not status.recovered:
        reasons.append(f"recovering: {status.to_recover} changelog records left")
    elif status.waiting_since is not None and now - status.waiting_since > stall_limit:
        reasons.append(
            f"no progress for {now - status.waiting_since:.0f} s while {status.lag} records wait"
        )
    if now - status.beat > stall_limit:
        reasons.append(f"event loop silent for {now - status.beat:.0f} s")
    return NotReady(tuple(reasons)) if reasons else Ready()


def liveness(status: Status, now: float, stall_limit: float) -> Ready | NotReady:
    """Whether a restart would not help: the event loop still shows signs of life.

    More patient than `readiness`, so that a long batch or recovery is not killed half-way.
    """
    silent = now - status.beat
    if silent > LIVE_FACTOR * stall_limit:
        return NotReady((f"event loop silent for {silent:.0f} s",))
    return Ready()


class Health:
    """The present status of a worker; written by the event loop, read by the HTTP threads."""

    def __init__(self, now: float) -> None:
        self._status = Status(beat=now)
        self._progress: int | None = None
        self._lock = Lock()

    @property
    def status(self) -> Status:
        """The present status, a value that does not change any more."""
        return self._status

    def beat(self, now: float) -> None:
        """The event loop is alive. Call it from a timer in the loop, about once a second."""
        self._change(beat=now)

    def assigned(self, partitions: int, to_recover: int) -> None:
        """The group gave this worker so many partitions; so many changelog records are to read."""
        self._progress = None
        self._change(
            joined=True,
            partitions=partitions,
            recovered=to_recover == 0,
            to_recover=to_recover,
            waiting_since=None,
        )

    def revoked(self) -> None:
        """The group took the partitions back; the next assignment is on its way."""
        self._change(joined=False, partitions=0, recovered=False, lag=0, waiting_since=None)

    def recovering(self, to_recover: int) -> None:
        """So many changelog records are left to read."""
        self._change(to_recover=to_recover)

    def recovered(self) -> None:
        """All stores are rebuilt."""
        self._change(recovered=True, to_recover=0)

    def observe(self, *, lag: int, progress: int, now: float) -> None:
        """Note the lag, and any number that grows whenever offsets are acknowledged.

        The wait begins anew with every progress, and when records come after there were none.
        """
        moved = progress != self._progress
        self._progress = progress
        since = self._status.waiting_since
        if lag <= 0:
            since = None
        elif moved or since is None:
            since = now
        self._change(lag=max(lag, 0), waiting_since=since)

    def failed(self, reason: str) -> None:
        """The worker stops because of this."""
        self._change(failure=reason)

    def stopping(self) -> None:
        """The worker was asked to stop."""
        self._change(stopping=True)

    def _change(self, **changes: object) -> None:
        with self._lock:
            self._status = dataclasses.replace(self._status, **changes)  # type: ignore[arg-type]
