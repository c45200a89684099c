"""Places at which a test lets the worker die, as a power cut would: no clean-up, no last word.

``CHURNSTREAM_FAILPOINT=after-outputs:3`` kills the process (SIGKILL) when it passes the place for
the third time. Without the variable nothing is wired.
"""

import os
import signal
from collections.abc import Callable, Mapping

from streams.errors import ConfigurationError

VARIABLE = "CHURNSTREAM_FAILPOINT"
PLACES = ("before-outputs", "after-outputs", "after-changelog", "after-store", "after-acks")
"""The steps of law 3, in their order."""

Reach = Callable[[str], None]


def from_environment(env: Mapping[str, str]) -> Reach:
    """What the hot path calls at every place of `PLACES`.

    Raises `ConfigurationError` for a place or count that does not exist.
    """
    wanted = env.get(VARIABLE, "")
    if not wanted:
        return _pass
    place, _, count = wanted.partition(":")
    if place not in PLACES or not (count or "1").isdigit():
        raise ConfigurationError(
            f"{VARIABLE}: {wanted!r} is not permitted; permitted: PLACE or PLACE:COUNT, "
            f"places: {', '.join(PLACES)}"
        )
    left = int(count or 1)

    def reach(reached: str) -> None:
        nonlocal left
        if reached == place:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reach


def _pass(reached: str) -> None:
    """No failure is wanted."""
