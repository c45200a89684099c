"""Times in files: ISO texts, own formats, or a count of units since an origin.

A time without an offset is local to the source's timezone. Where clocks go back and a local time
happens twice, the first is meant (fold 0); a local time that clocks skip is read with the offset
before the change, so 01:30 in London's spring night is 01:30 UTC, 02:30 by the clock.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from streams.sources.errors import BadValueError, quoted
from streams.sources.spec import Unit
from streams.sources.values import number

_DAYS: dict[Unit, int] = {"days": 1, "weeks": 7}
_SECONDS: dict[Unit, float] = {"milliseconds": 0.001, "seconds": 1, "minutes": 60, "hours": 3600}
_TOKENS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_MEMORY = 65_536


class Moment(NamedTuple):
    """A point in time: as RFC 3339 text in UTC, and in seconds since 1970."""

    text: str
    seconds: float


ReadTime = Callable[[Any], Moment]
"""From a value that is not missing to a moment; raises `BadValueError`."""


def moment(time: dt.datetime, zone: dt.tzinfo | None) -> Moment:
    """The moment of a time, local to ``zone`` where it has no offset of its own."""
    if time.tzinfo is None:
        if zone is None:
            raise BadValueError(
                f"{time.isoformat(' ')} has no offset; name the zone of the times, "
                'like timezone = "Europe/London" in [source]'
            )
        time = time.replace(tzinfo=zone)
    try:
        utc = time.astimezone(dt.UTC)
    except OverflowError:
        raise BadValueError(f"{time.isoformat(' ')} is outside the years 1 to 9999") from None
    return Moment(utc.replace(tzinfo=None).isoformat() + "Z", utc.timestamp())


def written_time(zone: dt.tzinfo | None, pattern: str | None = None) -> ReadTime:
    """Reads times written as ISO 8601 or in ``pattern``, remembering recent ones.

    Raises ``ValueError`` for a pattern without a year.
    """
    parse = dt.datetime.fromisoformat if pattern is None else _by_pattern(pattern)
    expected = "an ISO 8601 time" if pattern is None else f"a time written {pattern}"

    def read(value: object) -> Moment:
        if isinstance(value, dt.datetime):
            return moment(value, zone)
        if isinstance(value, dt.date):
            return moment(dt.datetime(value.year, value.month, value.day), zone)  # noqa: DTZ001
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BadValueError(f"{quoted(value)} is not {expected}")
        try:
            time = parse(str(value).strip())
        except ValueError:
            raise BadValueError(f"{quoted(value)} is not {expected}") from None
        return moment(time, zone)

    return _remembering(read)


def counted_time(unit: Unit, origin: dt.datetime, zone: dt.tzinfo | None) -> ReadTime:
    """Reads a count of units since an origin.

    Days and weeks from an origin without an offset are steps in the calendar: midnight stays
    midnight when clocks change. All else is elapsed time.
    """
    start = origin
    calendar = unit in _DAYS and origin.tzinfo is None
    if not calendar and origin.tzinfo is None and zone is not None:
        start = origin.replace(tzinfo=zone)
    if start.tzinfo is not None:
        start = start.astimezone(dt.UTC)
    step = dt.timedelta(days=_DAYS[unit]) if unit in _DAYS else None
    seconds = Decimal(str(_SECONDS.get(unit, 0)))

    def read(value: object) -> Moment:
        count = number(value)
        try:
            passed = (
                count * step
                if step is not None
                else dt.timedelta(microseconds=int(Decimal(str(count)) * seconds * 1_000_000))
            )
            return moment(start + passed, zone)
        except OverflowError:
            raise BadValueError(
                f"{quoted(value)} {unit} from {origin} is outside the years 1 to 9999"
            ) from None

    return _remembering(read)


def _by_pattern(pattern: str) -> Callable[[str], dt.datetime]:
    directives = strptime_pattern(pattern)
    return lambda value: dt.datetime.strptime(value, directives)  # noqa: DTZ007


def strptime_pattern(pattern: str) -> str:
    """``YYYYMMDD HH:mm`` as strptime's ``%Y%m%d %H:%M``; a pattern with ``%`` stays as it is.

    Raises ``ValueError`` for a pattern without a year, which cannot name a time.
    """
    if "%" not in pattern:
        pattern = re.sub("|".join(_TOKENS), lambda token: _TOKENS[token[0]], pattern)
    if not any(year in pattern for year in ("%Y", "%y", "%G", "%c", "%x")):
        raise ValueError("it names no year")
    return pattern


def _remembering(read: ReadTime) -> ReadTime:
    """``read`` with a bounded memory: files repeat the same few times many times over."""
    known: dict[str, Moment] = {}

    def remember(value: object) -> Moment:
        if not isinstance(value, str):
            return read(value)
        found = known.get(value)
        if found is None:
            if len(known) >= _MEMORY:
                known.clear()
            found = known[value] = read(value)
        return found

    return remember
