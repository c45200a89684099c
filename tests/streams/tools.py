"""Programs that some tests need beside Python packages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REQUIRED = "CHURNSTREAM_REQUIRE_TOOLS"
"""Set to 1 to fail where a tool is missing, instead of skipping what needs it."""


def run_tool(name: str, *arguments: str | Path) -> str:
    """Run a program of the system or of this environment; its output, when it succeeds.

    Skips the test, or fails it if `REQUIRED` is set, when the program is missing.
    """
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which(name, path=search)
    if program is None:
        missing = f"{name} is not installed, so this was NOT checked"
        if os.environ.get(REQUIRED, "") not in ("", "0"):
            pytest.fail(missing)
        pytest.skip(f"{missing}; {REQUIRED}=1 makes that a failure")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output
