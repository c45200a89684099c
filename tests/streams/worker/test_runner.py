"""How a worker ends: what makes it stop reaches the one who started it, also from its start."""

import subprocess
import sys

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
