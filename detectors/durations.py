"""Durations as people write them: ``"90d"``, ``"36h"``, ``"15m"``, ``"30s"``, ``"2w"``."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PATTERN = re.compile(r"([0-9]{1,9})\s*([smhdw])")

MINUTE = 60
"""Seconds in a minute."""
HOUR = 3_600
"""Seconds in an hour."""
DAY = 86_400
"""Seconds in a day."""


def parse_duration(text: str) -> int:
    """Seconds of a duration: a whole number and one unit of ``s m h d w``.

    Raises ``ValueError`` for anything else.

    >>> parse_duration("60d")
    5184000
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not a duration; write a number and a unit, like "60d"')
    return int(match[1]) * _SECONDS[match[2]]


def format_duration(seconds: int) -> str:
    """The shortest text with a single unit, days at the most: the inverse of `parse_duration`.

    >>> format_duration(5184000), format_duration(90)
    ('60d', '90s')
    """
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
