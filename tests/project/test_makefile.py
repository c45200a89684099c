"""The Makefile and the CI script: every target is explained, and CI runs all of `make check`."""

import os
import re
import shutil
import subprocess

import pytest

from tests.project.files import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
PHONY = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
TARGETS = PHONY[1].replace("\\\n", " ").split() if PHONY else []

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call make as a person does, not as a part of the make that may run these tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_says_what_it_does(target: str) -> None:
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE), f"{target} has no ## text"


@needs_make
def test_help_lists_every_target() -> None:
    listed = make("help").stdout.splitlines()
    assert [line.split()[0] for line in listed] == TARGETS


def test_ci_runs_every_part_of_check() -> None:
    match = re.search(r"^check: (.+?) ##", MAKEFILE, re.MULTILINE)
    assert match is not None
    called = re.findall(r"^make ([\w -]+?)(?: 2>|$)", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert set(match[1].split()) <= {target for line in called for target in line.split()}


def test_ci_does_not_let_the_kafka_part_be_skipped() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "CHURNSTREAM_REQUIRE_KAFKA=1" in script
    assert "set -euo pipefail" in script


@needs_make
def test_an_unfit_python_is_refused_with_the_remedy() -> None:
    done = make("install", "PYTHON=/bin/false", "VENV=/nowhere/venv")
    assert done.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13" in done.stderr
