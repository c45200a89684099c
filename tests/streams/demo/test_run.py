"""The demo from end to end: it adds up, ends by itself, and leaves no process behind."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

EVENTS = 12_000
MARK = "DEMO_TEST_MARK"
"""A variable that all processes of a run inherit, so that they can be found."""
GONE_WITHIN = 20.0

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def start(mark: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "streams.cli", "demo", *options],
        env=os.environ | {MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def marked(mark: str) -> list[int]:
    """The processes that carry the mark and still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and f"{MARK}={mark}" in (folder / "environ").read_text():
                found.append(int(folder.name))
        except (OSError, UnicodeDecodeError):
            continue
    return found


def left_over(mark: str) -> list[int]:
    """The marked processes that are still there after a while."""
    deadline = time.monotonic() + GONE_WITHIN
    while (found := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def running_demo(mark: str) -> subprocess.Popen[str]:
    """A demo that has started all its processes and is sending events."""
    demo = start(mark)
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("Sending"):
            return demo
    _, errors = demo.communicate()
    raise AssertionError(f"the demo did not come to sending: {errors}")


@needs_proc
def test_law_4_the_demo_ends_by_itself_with_counts_that_add_up() -> None:
    mark = secrets.token_hex(8)
    demo = start(mark, "--headless", "--json", "--limit", str(EVENTS))
    out, errors = demo.communicate(timeout=240)
    assert demo.returncode == 0, errors
    assert errors == ""
    summary = orjson.loads(out)
    events = summary["events"]
    assert events["produced"] == events["read"] == EVENTS
    assert events["add_up"] is True
    assert events["applied"] == EVENTS - events["duplicate"] - events["late"]
    assert summary["customers"] > 100
    assert {row["kind"] for row in summary["alerts"]} <= {"silence", "upgrade"}
    second = summary["second_act"]
    assert second["events"]["add_up"] is True
    assert second["events"]["produced"] > 4_000
    assert {"opened", "escalated", "resolved"} <= second["complaint_alerts"].keys()
    assert left_over(mark) == []


@needs_proc
@pytest.mark.parametrize(
    ("sent", "status"),
    [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["ctrl-c", "killed"],
)
def test_a_demo_that_is_stopped_leaves_nothing_running(sent: signal.Signals, status: int) -> None:
    mark = secrets.token_hex(8)
    demo = running_demo(mark)
    assert len(marked(mark)) >= 3, "the demo, a broker and a worker"
    demo.send_signal(sent)
    demo.communicate(timeout=60)
    assert demo.returncode == status
    assert left_over(mark) == []
