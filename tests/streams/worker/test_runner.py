"""How a worker ends: what makes it stop reaches the one who started it, also from its start."""

import asyncio
import subprocess
import sys
from typing import Any

from streams.worker.runner import StreamWorker

PROGRAM = """
from detectors.policy import load_policy
from streams.app import create_app
from streams.settings import Settings
from streams.worker.runner import WorkerFailedError, run

app = create_app(Settings.from_env({"CHURNSTREAM_BROKERS": "127.0.0.1:1"}), load_policy(None))

async def refuse():
    raise RuntimeError("no producer id")

app.outbox.on_start = refuse
try:
    run(app)
except WorkerFailedError as error:
    print(error)
"""


def test_a_start_that_fails_is_not_taken_for_a_good_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert "the worker stopped, nothing was lost: RuntimeError: no producer id" in done.stdout


def test_what_was_cancelled_ends_before_the_loop_is_closed() -> None:
    ended = []

    async def takes_its_turns() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            ended.append(True)

    async def close() -> None:
        task = asyncio.create_task(takes_its_turns())
        await asyncio.sleep(0)
        task.cancel()
        worker: Any = None  # it needs nothing of one
        await StreamWorker._sentinel_task(worker)

    asyncio.run(close())
    assert ended
