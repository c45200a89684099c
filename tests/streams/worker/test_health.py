"""Ready = assigned, recovered, and making progress while there is lag; live = the loop beats."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.health import (
    LIVE_FACTOR,
    Health,
    NotReady,
    Ready,
    Status,
    liveness,
    readiness,
    stuck,
)

LIMIT = 60.0
WORKING = Status(beat=1000.0, joined=True, partitions=4, recovered=True)


def reasons(status: Status, now: float = 1000.0) -> tuple[str, ...]:
    verdict = readiness(status, now, LIMIT)
    return verdict.reasons if isinstance(verdict, NotReady) else ()


def working(now: float) -> Health:
    health = Health(now)
    health.assigned(4, to_recover=0)
    return health


def test_a_worker_at_work_is_ready() -> None:
    assert readiness(WORKING, 1000.0, LIMIT) == Ready()


def test_a_spare_worker_without_partitions_is_ready() -> None:
    assert readiness(replace(WORKING, partitions=0), 1000.0, LIMIT) == Ready()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status(beat=1000.0), "not assigned"),
        (replace(WORKING, recovered=False, to_recover=12), "recovering: 12 changelog records left"),
        (
            replace(WORKING, lag=5, waiting_since=930.0, waiting_in=3),
            "no progress in partition 3 for 70 s while 5 records wait",
        ),
        (replace(WORKING, beat=900.0), "event loop silent for 100 s"),
        (replace(WORKING, stopping=True), "stopping"),
        (replace(WORKING, failure="too many dead letters"), "failed: too many dead letters"),
    ],
)
def test_each_trouble_has_its_reason(status: Status, reason: str) -> None:
    (found,) = reasons(status)
    assert found.startswith(reason)


def test_all_troubles_are_told_together() -> None:
    found = reasons(Status(beat=0.0, stopping=True, failure="broken"))
    assert len(found) == 4


def test_a_wait_within_the_limit_is_no_trouble() -> None:
    assert reasons(replace(WORKING, lag=5, waiting_since=1000.0 - LIMIT)) == ()


def test_a_silent_loop_is_not_ready_first_and_not_live_much_later() -> None:
    soon, late = 1000.0 + LIMIT + 1, 1000.0 + LIVE_FACTOR * LIMIT + 1
    assert isinstance(readiness(WORKING, soon, LIMIT), NotReady)
    assert liveness(WORKING, soon, LIMIT) == Ready()
    assert liveness(WORKING, late, LIMIT) == NotReady(("event loop silent for 181 s",))


def test_a_stalled_worker_is_live_because_a_restart_is_for_others_to_decide() -> None:
    stalled = replace(WORKING, lag=5, waiting_since=0.0)
    assert liveness(stalled, 1000.0, LIMIT) == Ready()


def test_records_after_a_long_silence_do_not_count_as_a_stall() -> None:
    health = working(0.0)
    health.observe({0: (0, 100)}, 0.0)
    health.observe({0: (0, 100)}, 5000.0)
    health.observe({0: (9, 100)}, 5001.0)
    assert health.status.waiting_since == 5001.0


def test_every_progress_begins_the_wait_anew() -> None:
    health = working(0.0)
    health.observe({0: (9, 1)}, 10.0)
    health.observe({0: (9, 1)}, 50.0)
    assert health.status.waiting_since == 10.0
    health.observe({0: (9, 2)}, 60.0)
    assert health.status.waiting_since == 60.0
    health.observe({0: (0, 2)}, 70.0)
    assert health.status.waiting_since is None


def test_a_rebalance_is_not_ready_until_assigned_and_recovered() -> None:
    health = working(0.0)
    health.observe({0: (9, 1)}, 10.0)
    health.revoked()
    assert not health.status.joined
    health.assigned(2, to_recover=50)
    health.recovering(20)
    assert reasons(health.status, 0.0) == ("recovering: 20 changelog records left",)
    health.recovered()
    assert reasons(health.status, 0.0) == ()
    assert health.status.waiting_since is None


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0, 40)), min_size=1),
)
def test_stalled_means_lag_and_no_progress_in_every_step_longer_than_the_limit(
    steps: list[tuple[int, int, float]],
) -> None:
    """Against a naive oracle that looks back over the whole history."""
    health, now, progress = working(0.0), 0.0, 0
    history: list[tuple[float, int, int]] = []
    for lag, moved, pause in steps:
        now, progress = now + pause, progress + moved
        health.beat(now)
        health.observe({0: (lag, progress)}, now)
        history.append((now, lag, progress))
    since = None
    for at, lag, done in reversed(history):
        if lag == 0 or done != progress:
            break
        since = at
    stalled = since is not None and now - since > LIMIT
    assert bool(reasons(health.status, now)) == stalled


def test_a_partition_that_stands_still_is_seen_beside_others_that_move() -> None:
    health = working(0.0)
    for second in range(100):
        health.beat(float(second))
        health.observe({0: (5, second), 3: (7, 40)}, float(second))
    assert reasons(health.status, 99.0) == (
        "no progress in partition 3 for 99 s while 12 records wait",
    )


STALLED = replace(WORKING, lag=5, waiting_since=100.0, waiting_in=3, answered_since=50.0)


def test_a_worker_is_stuck_when_nothing_moves_for_the_limit_and_the_broker_answers() -> None:
    assert stuck(STALLED, 100.0 + LIMIT, LIMIT) is None
    silent = replace(STALLED, beat=161.0)
    assert stuck(silent, 161.0, LIMIT) == (
        "no progress in partition 3 for 61 s while 5 records wait; "
        "nothing has moved for 61 s, and the broker answers"
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status(beat=1000.0, waiting_since=0.0), "not assigned"),
        (Status(beat=1000.0, joined=True, to_recover=9, waiting_since=0.0), "recovering: 9"),
    ],
)
def test_a_worker_can_be_stuck_before_it_works(status: Status, reason: str) -> None:
    assert stuck(status, 1000.0, LIMIT) is None, "nobody knows whether the broker answers"
    found = stuck(replace(status, answered_since=0.0), 1000.0, LIMIT)
    assert found is not None
    assert found.startswith(reason)


def test_the_time_without_a_broker_does_not_make_a_worker_stuck() -> None:
    health = working(0.0)
    health.answered(0.0)
    health.observe({0: (5, 1)}, 1.0)
    health.unanswered()
    health.beat(1000.0)
    assert stuck(health.status, 1000.0, LIMIT) is None
    health.answered(1000.0)
    health.beat(1050.0)
    assert stuck(health.status, 1050.0, LIMIT) is None, "it had no time to go on"
    health.answered(1061.0)
    health.beat(1061.0)
    assert stuck(health.status, 1061.0, LIMIT) is not None


def test_a_silent_event_loop_is_stuck_whether_or_not_there_is_work() -> None:
    assert stuck(WORKING, 1000.0 + LIMIT + 1, LIMIT) == "event loop silent for 61 s"


def test_a_worker_that_waits_for_nothing_or_stops_is_not_stuck() -> None:
    assert stuck(replace(WORKING, answered_since=0.0), 1000.0, LIMIT) is None
    assert stuck(replace(STALLED, beat=1000.0, stopping=True), 1000.0, LIMIT) is None


def test_a_recovery_that_moves_is_not_stuck() -> None:
    health = Health(0.0)
    health.answered(0.0)
    health.assigned(2, to_recover=1)
    for second in range(200):
        health.beat(float(second))
        health.recovering(1000 - second)
        assert stuck(health.status, float(second), LIMIT) is None
    health.beat(300.0)
    assert stuck(health.status, 300.0, LIMIT) is not None
