"""The watch ends a worker that is stuck: once, from its own thread, and only then."""

import subprocess
import sys
import threading
from queue import Empty, Queue

import pytest

from streams.worker.health import Health
from streams.worker.watch import StuckError, Watch

WITHIN = 10.0
"""Seconds that a thread may take on a busy machine."""


def test_a_stuck_worker_is_given_up_once_with_the_reason() -> None:
    given_up: Queue[StuckError] = Queue()
    watch = Watch(Health(0.0), 60.0, given_up.put, every=0.001, clock=lambda: 100.0)
    watch.start()
    assert "event loop silent for 100 s" in str(given_up.get(timeout=WITHIN))
    with pytest.raises(Empty):
        given_up.get(timeout=0.05)


@pytest.mark.parametrize(("limit", "now"), [(0.0, 100.0), (60.0, 1.0)])
def test_a_worker_at_work_or_without_a_limit_is_left_alone(limit: float, now: float) -> None:
    given_up: Queue[StuckError] = Queue()
    watch = Watch(Health(0.0), limit, given_up.put, every=0.001, clock=lambda: now)
    watch.start()
    with pytest.raises(Empty):
        given_up.get(timeout=0.05)
    watch.stop()


def test_a_watch_that_was_stopped_gives_nothing_up() -> None:
    given_up: Queue[StuckError] = Queue()
    watch = Watch(Health(0.0), 60.0, given_up.put, every=0.001, clock=lambda: 100.0)
    watch.stop()
    watch.start()
    with pytest.raises(Empty):
        given_up.get(timeout=0.05)


def test_it_needs_no_event_loop() -> None:
    found: Queue[int] = Queue()
    watch = Watch(
        Health(0.0),
        60.0,
        lambda _: found.put(threading.get_ident()),
        every=0.001,
        clock=lambda: 100.0,
    )
    watch.start()
    assert found.get(timeout=WITHIN) != threading.get_ident()


def test_a_stop_that_hangs_is_cut_short_and_says_why() -> None:
    program = (
        "import time; from streams.worker.watch import cut_short_after; "
        "cut_short_after(0.01, 'no progress'); time.sleep(60)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "(no progress)" in done.stderr
