"""The limit that stops a worker before it turns a whole topic into dead letters.

One bad record is dead-lettered and the rest go on. When most of them are bad, something else is
wrong (a producer, a schema, the policy), and a person must look before more is consumed.
"""

from collections import deque

from detectors.effects import Output
from streams.errors import ChurnstreamError


class TooManyDeadLettersError(ChurnstreamError):
    """More records than permitted were unusable; none of the last batch was acknowledged."""


class DeadLetterGuard:
    """Watches the share of dead letters among the last records.

    ``limit``: highest permitted share, 1 for none. ``window``: number of records that the share
    is taken over; before so many were read nothing is refused.
    """

    def __init__(self, limit: float, window: int) -> None:
        self._limit = limit
        self._window = window
        self._recent: deque[tuple[int, int]] = deque()
        self._records = 0
        self._dead = 0

    def admit(self, partition: int, output: Output) -> None:
        """Count the outcome of a batch, before anything of it is sent.

        Raises `TooManyDeadLettersError`; the caller must then neither send nor acknowledge it.
        """
        records = output.counts.total()
        if not records:
            return
        dead = sum(
            count for (_, outcome), count in output.counts.items() if outcome == "dead_lettered"
        )
        self._recent.append((records, dead))
        self._records += records
        self._dead += dead
        while self._records - self._recent[0][0] >= self._window:
            oldest, dead_then = self._recent.popleft()
            self._records -= oldest
            self._dead -= dead_then
        if self._records < self._window or self._dead <= self._limit * self._records:
            return
        reasons = ", ".join(f"{reason} {count}" for reason, count in output.rejects.most_common(3))
        raise TooManyDeadLettersError(
            f"{self._dead} of the last {self._records} records are unusable (partition "
            f"{partition}: {reasons}), more than CHURNSTREAM_DEAD_LETTER_LIMIT = "
            f"{self._limit:g} permits; stopped before they were acknowledged. Repair what "
            "produces them, or raise the limit (1: none) to move them all to the topic dead-letters"
        )
