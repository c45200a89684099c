"""The kinds of policy keys that only complaints and their calendar use."""

import re
from collections.abc import Mapping
from dataclasses import field, fields
from datetime import date
from typing import Any

from detectors.durations import parse_duration
from detectors.policy_fields import PolicyError, duration

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEVELS = ("top", "large", "medium", "small")
SEVERITIES = 5
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def weekdays(*default: str) -> Any:
    """A list of one to seven different weekdays: ``mon`` … ``sun``."""

    def check(key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not set(map(str, value)) <= set(WEEKDAYS):
            raise PolicyError(f"{key} = {value!r}: write a list out of {', '.join(WEEKDAYS)}")
        if not value:
            raise PolicyError(
                f"{key} = []: without a working day no clock would ever run out; name one at least"
            )
        return tuple(day for day in WEEKDAYS if day in value)

    return field(default=default, metadata={"check": check})


def clock_time(default: str) -> Any:
    """A time of day from ``00:00`` to ``24:00``."""

    def check(key: str, value: object) -> str:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise PolicyError(f'{key} = {value!r}: write a time of day in quotes, like "{default}"')
        return value

    return field(default=default, metadata={"check": check})


def calendar_dates(most: int = 1_000) -> Any:
    """A list of dates like ``2026-12-24``, in quotes or as TOML's own dates."""

    def check(key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise PolicyError(f"{key} = {value!r}: write a list of at most {most:,} dates")
        try:
            return tuple(sorted({date.fromisoformat(str(day)).isoformat() for day in value}))
        except ValueError:
            raise PolicyError(f'{key} = {value!r}: write dates like "2026-12-24"') from None

    return field(default=(), metadata={"check": check})


def regions(kind: type, most: int = 200) -> Any:
    """A table of up to `most` regions, each with some of the keys of `kind`."""
    checks = {item.name: item.metadata["check"] for item in fields(kind)}

    def check(key: str, value: object) -> dict[str, dict[str, object]]:
        if not isinstance(value, dict) or len(value) > most:
            raise PolicyError(f"{key}: write up to {most} tables like [{key}.north]")
        found: dict[str, dict[str, object]] = {}
        for region, table in value.items():
            if not isinstance(table, dict):
                raise PolicyError(f"{key}.{region} = {table!r}: write a section [{key}.{region}]")
            for name in table:
                if name not in checks:
                    known = ", ".join(checks)
                    raise PolicyError(f"unknown key in [{key}.{region}]: {name!r}; known: {known}")
            found[region] = {
                name: checks[name](f"{key}.{region}.{name}", given) for name, given in table.items()
            }
        return found

    return field(default_factory=dict, metadata={"check": check})


def severities(*default: str) -> Any:
    """Five durations of working time, for the severities 1 to 5."""
    one = duration("1h", "1m", "365d").metadata["check"]

    def check(key: str, value: object) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) != SEVERITIES:
            raise PolicyError(
                f"{key} = {value!r}: write {SEVERITIES} durations, for the severities 1 to "
                f"{SEVERITIES}, like [{', '.join(map(repr, default))}]"
            )
        return tuple(one(f"{key}[{place}]", item) for place, item in enumerate(value))

    seconds = tuple(map(parse_duration, default))
    return field(default=seconds, metadata={"check": check, "durations": True})


def level_shares(**default: float) -> Any:
    """A table of pyramid level = share of the time, from 0.01 to 10."""

    def check(key: str, value: object) -> Mapping[str, float]:
        if not isinstance(value, dict) or not value.keys() <= set(LEVELS):
            raise PolicyError(f"{key} = {value!r}: write a table of {', '.join(LEVELS)} = share")
        for level, share in value.items():
            number = isinstance(share, int | float) and not isinstance(share, bool)
            if not number or not 0.01 <= share <= 10:
                raise PolicyError(f"{key}.{level} = {share!r}: permitted is 0.01 to 10")
        return {level: float(share) for level, share in value.items()}

    return field(default_factory=lambda: dict(default), metadata={"check": check})
