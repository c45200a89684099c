"""Places at which a test lets the worker die, as a power cut would: no clean-up, no last word.

``CHURNSTREAM_FAILPOINT=after-outputs:3`` kills the process (SIGKILL) when it passes the place for
the third time; ``after-outputs:3:SIGSTOP`` halts it there once, until somebody sends SIGCONT.
Without the variable nothing is wired.
"""

import os
import signal
from collections.abc import Callable, Mapping

from streams.errors import ConfigurationError

VARIABLE = "CHURNSTREAM_FAILPOINT"
PLACES = ("before-outputs", "after-outputs", "after-changelog", "after-store", "after-acks")
"""The steps of law 3, in their order."""

SIGNALS = {"": signal.SIGKILL, "SIGKILL": signal.SIGKILL, "SIGSTOP": signal.SIGSTOP}

Reach = Callable[[str], None]


def from_environment(env: Mapping[str, str]) -> Reach:
    """What the hot path calls at every place of `PLACES`.

    Raises `ConfigurationError` for a place or count that does not exist.
    """
    wanted = env.get(VARIABLE, "")
    if not wanted:
        return _pass
    place, count, name = (*wanted.split(":", 2), "", "")[:3]
    if place not in PLACES or not (count or "1").isdigit() or name not in SIGNALS:
        raise ConfigurationError(
            f"{VARIABLE}: {wanted!r} is not permitted; permitted: PLACE, PLACE:COUNT or "
            f"PLACE:COUNT:SIGSTOP, places: {', '.join(PLACES)}"
        )
    left, number = int(count or 1), SIGNALS[name]

    def reach(reached: str) -> None:
        nonlocal left
        if reached == place:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)

    return reach


def _pass(reached: str) -> None:
    """No failure is wanted."""
