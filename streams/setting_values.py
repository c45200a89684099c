"""From the text of an environment variable to a typed value.

Every parser takes the stripped text and returns the value or raises ``ValueError``; the text of
that error is never shown, because `streams.settings` names variable, value and permitted range.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9._-]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d|)")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Secret:
    """A text that never shows itself: only `reveal` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the client that must send it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"


def text(value: str) -> str:
    """Any text without control characters."""
    if not value.isprintable():
        raise ValueError
    return value


def optional_text(value: str) -> str | None:
    """As `text`; empty means not given."""
    return text(value) or None


def optional_path(value: str) -> Path | None:
    """A path, ``~`` expanded; empty means not given."""
    return path(value) if value else None


def path(value: str) -> Path:
    """A path, ``~`` expanded; it need not exist yet."""
    if "\0" in value or not value:
        raise ValueError
    try:
        return Path(value).expanduser()
    except RuntimeError as error:  # no such user
        raise ValueError from error


def brokers(value: str) -> tuple[str, ...]:
    """``host:port`` pairs, split at commas; the port defaults to 9092.

    IPv6 addresses stand in brackets, as in ``[::1]:9092``.
    """
    found = tuple(_broker(item.strip()) for item in value.split(",") if item.strip())
    if not found:
        raise ValueError
    return found


def _broker(item: str) -> str:
    host, colon, port = item.rpartition(":")
    if not colon or item.endswith("]"):
        host, port = item, "9092"
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or re.search(r"[\s/;@]", host) or (":" in host and not bracketed):
        raise ValueError
    return f"{host}:{integer(1, 65535)(port)}"


def name(longest: int, *, empty: bool = False) -> Callable[[str], str]:
    """A parser of names that Kafka accepts in a topic: letters, digits, ``.``, ``_`` and ``-``."""

    def parse(value: str) -> str:
        if not _NAME.fullmatch(value) or len(value) > longest or not (value or empty):
            raise ValueError
        return value

    return parse


def choice(*permitted: str) -> Callable[[str], str]:
    """A parser of one word out of a list; case does not matter."""
    by_folded = {word.casefold(): word for word in permitted}

    def parse(value: str) -> str:
        if value.casefold() not in by_folded:
            raise ValueError
        return by_folded[value.casefold()]

    return parse


def flag(value: str) -> bool:
    """``on`` or ``off``."""
    return choice("on", "off")(value) == "on"


def optional_choice(*permitted: str) -> Callable[[str], str | None]:
    """As `choice`; empty means not given."""
    parse_word = choice(*permitted)

    def parse(value: str) -> str | None:
        return parse_word(value) if value else None

    return parse


def integer(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from ``least`` to ``most``, both included."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]+", value) or not least <= int(value) <= most:
            raise ValueError
        return int(value)

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """A parser of finite numbers from ``least`` to ``most``, both included."""

    def parse(value: str) -> float:
        found = float(value)
        if not math.isfinite(found) or not least <= found <= most:
            raise ValueError
        return found

    return parse


def duration(least: float, most: float) -> Callable[[str], float]:
    """A parser of durations in seconds: ``0.5``, ``3ms``, ``30s``, ``5m``, ``2h``, ``1d``."""

    def parse(value: str) -> float:
        match = _DURATION.fullmatch(value)
        if match is None:
            raise ValueError
        seconds = float(match[1]) * _UNITS[match[2]]
        if not least <= seconds <= most:
            raise ValueError
        return seconds

    return parse
