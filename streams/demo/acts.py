"""What the demo plays: real invoices first, then a made-up company with complaints."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from streams.errors import ChurnstreamError, ConfigurationError

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WORLD = ("--customers", "300", "--days", "90")
"""Size of the made-up company: two crises and two departures in some 7,000 events."""
SPEED = 5 * 86_400.0
"""So many seconds of the company's time pass in one second of the demo."""
PATIENCE = "12h"
"""At that speed topics are hours apart on their way: so long the clocks of complaints wait."""
_TOPICS = ("interactions", "complaints", "profiles", "feedback")
_GENERATE_TIMEOUT = 120.0


@dataclass(frozen=True, slots=True)
class Act:
    """Sources that are sent together, the policy under which they are judged, and what is said.

    `limit`: events at most, None for all. `speed`: event time over time; None for all at once.
    """

    intro: str
    sources: tuple[Path, ...]
    policy: Path | None
    limit: int | None = None
    speed: float | None = None


def retail_act(limit: int | None = None) -> Act:
    """Half a year of invoices of a gift retailer. Raises `ConfigurationError` outside a clone."""
    folder = EXAMPLES / "online_retail"
    _check_present(folder / "source.toml")
    policy = folder / "policy.toml"
    return Act(
        "Sending the events of real customers; alerts as they come:",
        (folder / "source.toml",),
        policy if policy.is_file() else None,
        limit,
    )


def telecom_act(folder: Path) -> Act:
    """A telecom company, made up anew in the new folder `folder`: the same each time.

    Raises `ConfigurationError` outside a clone, `ChurnstreamError` if it cannot be made.
    """
    _check_present(EXAMPLES / "telecom" / "generate.py")
    command = [sys.executable, "-m", "examples.telecom.generate", "--out", str(folder), *WORLD]
    try:
        done = subprocess.run(
            command,
            cwd=EXAMPLES.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=_GENERATE_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise ChurnstreamError(
            f"the telecom company was not made within {_GENERATE_TIMEOUT:g} s; free the machine, "
            "or run the first act alone: churnstream demo --first-act-only"
        ) from None
    if done.returncode:
        raise ChurnstreamError(f"the telecom company could not be made: {done.stderr.strip()}")
    policy = folder / "demo.toml"
    patience = f'\n[time]\npatience = "{PATIENCE}"\n'
    policy.write_text((folder / "policy.toml").read_text() + patience)
    return Act(
        "What its customers do, five days a second, and what is sensed of it:",
        tuple(folder / f"{topic}.toml" for topic in _TOPICS),
        policy,
        speed=SPEED,
    )


def _check_present(path: Path) -> None:
    if not path.is_file():
        raise ConfigurationError(
            f"{path} is missing: the demo's data is part of the repository; run it from a clone"
        )
