"""Whether a worker is alive, ready or stuck: pure functions of a status, and who keeps it.

Times are seconds of one monotonic clock; nothing here looks at a clock by itself.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

LIVE_FACTOR = 3
"""After one stall limit a silent event loop makes a worker not ready; after so many, not live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a worker knows of itself.

    ``joined``: the group gave it its partitions (possibly none: a spare worker is ready too).
    ``recovered``: the stores of all its partitions are rebuilt; ``to_recover`` records are left.
    ``lag``: records of its partitions that are not committed. ``waiting_since``: since when,
    without a break, there is something to wait for and nothing moves: partitions to get, changelog
    records to read, or records to process in ``waiting_in``, the partition that waits longest.
    ``beat``: last sign of life of the event loop. ``answered_since``: since when, without a break,
    the broker has answered. ``failure``: why the worker is about to stop, where it is.
    """

    beat: float
    joined: bool = False
    partitions: int = 0
    recovered: bool = False
    to_recover: int = 0
    lag: int = 0
    waiting_since: float | None = None
    waiting_in: int | None = None
    answered_since: float | None = None
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
    waited = 0.0 if status.waiting_since is None else now - status.waiting_since
    if not status.joined or not status.recovered or waited > stall_limit:
        reasons.append(_lack(status, waited))
    if now - status.beat > stall_limit:
        reasons.append(f"event loop silent for {now - status.beat:.0f} s")
    return NotReady(tuple(reasons)) if reasons else Ready()


def _lack(status: Status, waited: float) -> str:
    """What keeps the worker from its work."""
    if not status.joined:
        return "not assigned: waiting for partitions from the consumer group"
    if not status.recovered:
        return f"recovering: {status.to_recover} changelog records left"
    return (
        f"no progress in partition {status.waiting_in} for {waited:.0f} s "
        f"while {status.lag} records wait"
    )


def stuck(status: Status, now: float, limit: float) -> str | None:
    """Why only a restart can help: for ``limit`` seconds nothing has moved that should have.

    None while there is hope. The time without a broker does not count: a restart would not bring
    it back.
    """
    silent = now - status.beat
    if silent > limit:
        return f"event loop silent for {silent:.0f} s"
    if status.stopping or status.waiting_since is None or status.answered_since is None:
        return None
    if now - max(status.waiting_since, status.answered_since) <= limit:
        return None
    waited = now - status.waiting_since
    return f"{_lack(status, waited)}; nothing has moved for {waited:.0f} s, and the broker answers"


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
        self._status = Status(beat=now, waiting_since=now)
        self._moved: dict[int, tuple[int, float]] = {}
        """By partition: how far it has come, and since when it waits there."""
        self._lock = Lock()

    @property
    def status(self) -> Status:
        """The present status, a value that does not change any more."""
        return self._status

    def beat(self, now: float) -> None:
        """The event loop is alive. Call it from a timer in the loop, about once a second."""
        self._change(beat=now)

    def answered(self, now: float) -> None:
        """The broker answers."""
        if self._status.answered_since is None:
            self._change(answered_since=now)

    def unanswered(self) -> None:
        """The broker does not answer."""
        self._change(answered_since=None)

    def assigned(self, partitions: int, to_recover: int) -> None:
        """The group gave this worker so many partitions; so many changelog records are to read."""
        self._moved.clear()
        self._change(
            joined=True,
            partitions=partitions,
            recovered=to_recover == 0,
            to_recover=to_recover,
            waiting_since=self._status.beat if to_recover else None,
        )

    def revoked(self) -> None:
        """The group took the partitions back; the next assignment is on its way."""
        self._change(
            joined=False, partitions=0, recovered=False, lag=0, waiting_since=self._status.beat
        )

    def recovering(self, to_recover: int) -> None:
        """So many changelog records are left to read."""
        if to_recover != self._status.to_recover:
            self._change(to_recover=to_recover, waiting_since=self._status.beat)

    def recovered(self) -> None:
        """All stores are rebuilt."""
        self._change(recovered=True, to_recover=0, waiting_since=None)

    def observe(self, lags: Mapping[int, tuple[int, int]], now: float) -> None:
        """Note by partition the lag, and any number that grows whenever it gets on with its work.

        The wait of a partition begins anew with its every progress, and when records come after
        there were none.
        """
        moved = {}
        for partition, (lag, progress) in lags.items():
            if lag > 0:
                before, since = self._moved.get(partition, (progress, now))
                moved[partition] = progress, since if before == progress else now
        self._moved = moved
        first = min(moved, key=lambda partition: moved[partition][1], default=None)
        self._change(
            lag=sum(max(lag, 0) for lag, _ in lags.values()),
            waiting_since=None if first is None else moved[first][1],
            waiting_in=first,
        )

    def failed(self, reason: str) -> None:
        """The worker stops because of this."""
        self._change(failure=reason)

    def stopping(self) -> None:
        """The worker was asked to stop."""
        self._change(stopping=True)

    def _change(self, **changes: object) -> None:
        with self._lock:
            self._status = dataclasses.replace(self._status, **changes)  # type: ignore[arg-type]
