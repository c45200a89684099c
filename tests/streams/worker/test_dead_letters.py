"""The limit of dead letters: it stops a flood, and only a flood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.effects import Output
from streams.worker.dead_letters import DeadLetterGuard, TooManyDeadLettersError


def outcome(applied: int, dead: int) -> Output:
    """The output of a batch."""
    output = Output()
    output.counts["interactions", "applied"] += applied
    output.counts["interactions", "dead_lettered"] += dead
    output.rejects["invalid_json"] += dead
    return output


def test_a_flood_stops_the_worker_with_a_message_that_names_reason_and_remedy() -> None:
    guard = DeadLetterGuard(0.5, 100)
    guard.admit(3, outcome(99, 0))
    with pytest.raises(TooManyDeadLettersError) as caught:
        guard.admit(3, outcome(0, 100))
    message = str(caught.value)
    for part in ("100 of the last 100", "partition 3", "invalid_json 100", "DEAD_LETTER_LIMIT"):
        assert part in message


def test_below_the_window_nothing_stops() -> None:
    guard = DeadLetterGuard(0.1, 100)
    guard.admit(0, outcome(0, 99))
    with pytest.raises(TooManyDeadLettersError):
        guard.admit(0, outcome(0, 1))


def test_a_limit_of_one_never_stops() -> None:
    guard = DeadLetterGuard(1.0, 10)
    for _ in range(20):
        guard.admit(0, outcome(0, 10))


@given(
    limit=st.floats(0, 1),
    window=st.integers(1, 50),
    batches=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=80),
)
def test_record_by_record_the_share_is_that_of_the_window(
    limit: float, window: int, batches: list[tuple[int, int]]
) -> None:
    guard = DeadLetterGuard(limit, window)
    seen: list[int] = []
    for applied, dead in batches:
        if applied + dead != 1:
            continue
        seen.append(dead)
        last = seen[-window:]
        flooded = len(last) == window and sum(last) > limit * window
        try:
            guard.admit(0, outcome(applied, dead))
        except TooManyDeadLettersError:
            assert flooded
            return
        assert not flooded
