"""The keys of a policy: each a dataclass field that knows how to check what a file says.

A check takes the key's full name and the value as TOML gives it, and returns the value to hold;
it raises `PolicyError`, which names key, value and what is permitted.
"""

from collections.abc import Callable
from dataclasses import field
from typing import Any

from detectors.durations import DAY, parse_duration
from detectors.models.river_linear import RIVER_MODELS
from detectors.targets import CHURN, Target


class PolicyError(ValueError):
    """The policy file cannot be used; the message names key, value and what is permitted."""


Check = Callable[[str, object], Any]


def duration(default: str, low: str, high: str, *, whole_days: bool = False) -> Any:
    """A duration from `low` to `high`, written like ``"60d"``, held in seconds."""
    least, most = parse_duration(low), parse_duration(high)

    def check(key: str, value: object) -> int:
        if not isinstance(value, str):
            raise PolicyError(f'{key} = {value!r}: write a duration in quotes, like "{default}"')
        try:
            seconds = parse_duration(value)
        except ValueError as error:
            raise PolicyError(f"{key} = {value!r}: {error}") from None
        if not least <= seconds <= most:
            raise PolicyError(f"{key} = {value!r}: permitted is {low} to {high}")
        if whole_days and seconds % DAY:
            raise PolicyError(f"{key} = {value!r}: must be whole days")
        return seconds

    return field(default=parse_duration(default), metadata={"check": check, "duration": True})


def number(default: float, low: float, high: float) -> Any:
    """A number from `low` to `high`, both permitted."""

    def check(key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PolicyError(f"{key} = {value!r}: write a number from {low:g} to {high:g}")
        if not low <= value <= high:
            raise PolicyError(f"{key} = {value!r}: permitted is {low:g} to {high:g}")
        return float(value)

    return field(default=default, metadata={"check": check})


def integer(default: int, low: int, high: int) -> Any:
    """A whole number from `low` to `high`, both permitted."""

    def check(key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise PolicyError(f"{key} = {value!r}: write a whole number from {low} to {high}")
        return value

    return field(default=default, metadata={"check": check})


def choice(default: str, *permitted: str) -> Any:
    """One of some words."""

    def check(key: str, value: object) -> str:
        if value not in permitted:
            raise PolicyError(f"{key} = {value!r}: permitted is one of {', '.join(permitted)}")
        return str(value)

    return field(default=default, metadata={"check": check})


def text(default: str, *, longest: int = 64) -> Any:
    """A text of at most `longest` characters."""

    def check(key: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise PolicyError(f"{key} = {value!r}: write a text of at most {longest} characters")
        return value

    return field(default=default, metadata={"check": check})


def names(*default: str, least: int = 0, most: int = 32) -> Any:
    """A list of `least` to `most` different names of 1 to 64 characters."""

    def check(key: str, value: object) -> tuple[str, ...]:
        if (
            not isinstance(value, list)
            or not all(isinstance(name, str) and 0 < len(name) <= 64 for name in value)
            or len(set(value)) != len(value)
            or not least <= len(value) <= most
        ):
            raise PolicyError(
                f"{key} = {value!r}: write a list of {least} to {most} different names"
            )
        return tuple(value)

    return field(default=default, metadata={"check": check})


def exchange_rates() -> Any:
    """A table of currency = rate, each rate above 0 and below 1e9."""

    def check(key: str, value: object) -> dict[str, float]:
        if not isinstance(value, dict):
            raise PolicyError(f"{key} = {value!r}: write a table of currency = rate")
        for name, rate in value.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < 1e9:
                raise PolicyError(f"{key}.{name} = {rate!r}: permitted is a rate above 0")
        return {name: float(rate) for name, rate in value.items()}

    return field(default_factory=dict, metadata={"check": check})


def further_targets() -> Any:
    """A list of further churn targets, each ``{ definition = "silence", horizon = "30d" }``."""
    horizon = duration("60d", "1d", "730d", whole_days=True).metadata["check"]
    definition = choice("silence", *CHURN).metadata["check"]
    most = 4

    def check(key: str, value: object) -> tuple[Target, ...]:
        example = '{ definition = "silence", horizon = "30d" }'
        if not isinstance(value, list) or len(value) > most:
            raise PolicyError(f"{key} = {value!r}: write a list of up to {most}, like [{example}]")
        targets = []
        for place, item in enumerate(value):
            if not isinstance(item, dict) or item.keys() != {"definition", "horizon"}:
                raise PolicyError(f"{key}[{place}] = {item!r}: write {example}")
            targets.append(
                Target(
                    definition(f"{key}[{place}].definition", item["definition"]),
                    horizon(f"{key}[{place}].horizon", item["horizon"]) // DAY,
                )
            )
        return tuple(targets)

    return field(default=(), metadata={"check": check})


def river_models() -> Any:
    """A list of import paths of River's models that may join the contest."""
    most = 4

    def check(key: str, value: object) -> tuple[str, ...]:
        if (
            not isinstance(value, list)
            or len(value) > most
            or len(set(map(str, value))) < len(value)
        ):
            raise PolicyError(f"{key} = {value!r}: write a list of up to {most} different names")
        for path in value:
            if path not in RIVER_MODELS:
                known = ", ".join(RIVER_MODELS)
                raise PolicyError(f"{key} = {value!r}: permitted is any of {known}")
        return tuple(value)

    return field(default=(), metadata={"check": check})
