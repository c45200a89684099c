"""Ends a child process when this one is gone, however this one died.

Linux's parent-death signal would do without another process, but it fires when the starting
*thread* ends, and other systems lack it.
"""

import subprocess
import sys

_PROGRAM = """
import os, signal, sys
sys.stdin.buffer.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGKILL)
except ProcessLookupError:
    pass
"""


class Watchdog:
    """Kills process `pid` once this process ends; its standard input, a pipe from here, closes."""

    def __init__(self, pid: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def release(self) -> None:
        """End the watch: the child has ended, and its number may soon be another's."""
        self._process.kill()
        self._process.communicate()
