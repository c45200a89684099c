"""Programs and packages that check deployment files, and may be missing on a machine."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

REQUIRED = "CHURNSTREAM_REQUIRE_TOOLS"
"""Set to 1 to fail where a tool is missing, instead of skipping what needs it."""


def run_tool(name: str, *arguments: str | Path) -> str:
    """Run a program of the system or of this environment; its output, when it succeeds.

    Without the program the test is skipped, or fails if `REQUIRED` is set.
    """
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which(name, path=search)
    if program is None:
        _missing(f"the program {name}")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


def import_tool(module: str, package: str) -> Any:
    """A Python module that only these tests need; without it as in `run_tool`."""
    try:
        return importlib.import_module(module)
    except ImportError:
        _missing(f"the package {package}")


def _missing(what: str) -> NoReturn:
    message = f"{what} is not installed, so this was NOT checked"
    if os.environ.get(REQUIRED, "") not in ("", "0"):
        pytest.fail(message)
    pytest.skip(f"{message}; {REQUIRED}=1 makes that a failure")
