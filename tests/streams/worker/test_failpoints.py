"""Fail points: nothing without the variable, and no place that does not exist."""

import subprocess
import sys

import pytest

from streams.errors import ConfigurationError
from streams.worker.failpoints import PLACES, VARIABLE, from_environment


def test_without_the_variable_nothing_happens() -> None:
    reach = from_environment({})
    for place in PLACES:
        reach(place)


@pytest.mark.parametrize(
    "wanted", ["nowhere", "after-outputs:x", ":1", "after-acks:1:SIGHUP", "after-acks:1::"]
)
def test_an_unknown_place_is_refused(wanted: str) -> None:
    with pytest.raises(ConfigurationError, match="permitted"):
        from_environment({VARIABLE: wanted})


def test_the_process_dies_at_the_wanted_pass() -> None:
    program = (
        "from streams.worker.failpoints import from_environment as f\n"
        f"reach = f({{{VARIABLE!r}: 'after-store:3'}})\n"
        "for i in range(5):\n"
        "    print(i, flush=True); reach('after-outputs'); reach('after-store')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout.split()) == (-9, ["0", "1", "2"])
