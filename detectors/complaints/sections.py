"""The policy's sections on complaints: promises and their calendar (D13)."""

from collections.abc import Mapping
from dataclasses import dataclass

from detectors.complaints.fields import (
    calendar_dates,
    clock_time,
    level_shares,
    regions,
    severities,
    weekdays,
)
from detectors.policy_fields import duration, integer, number, text


@dataclass(frozen=True, slots=True)
class Hours:
    """When a team works: weekdays, opening hours, time zone and holidays."""

    zone: str = text("UTC")
    """IANA time zone of the hours and dates."""
    weekdays: tuple[str, ...] = weekdays("mon", "tue", "wed", "thu", "fri")
    opens: str = clock_time("09:00")
    closes: str = clock_time("17:00")
    """``24:00`` is the end of the day."""
    holidays: str = text("", longest=16)
    """Country of the public holidays (ISO 3166), with a subdivision if any: ``DE``, ``US-CA``."""
    closed: tuple[str, ...] = calendar_dates()
    """Further days without work, like ``2026-12-24``."""


@dataclass(frozen=True, slots=True)
class CalendarRules(Hours):
    """``[calendar]``: the working hours in which a complaint's clock runs."""

    regions: Mapping[str, Mapping[str, object]] = regions(Hours)
    """Region of a complaint → what differs there from the keys above."""


@dataclass(frozen=True, slots=True)
class Complaints:
    """``[complaints]``: what is promised, what is urgent, and when a cause is recognised."""

    response: tuple[int, ...] = severities("16h", "16h", "8h", "4h", "2h")
    """Working time until the first response, by severity from 1 to 5."""
    resolution: tuple[int, ...] = severities("80h", "40h", "24h", "16h", "8h")
    """Working time until the resolution, by severity from 1 to 5."""
    usual_severity: int = integer(3, 1, 5)
    """Of a complaint that states none."""
    level_share: Mapping[str, float] = level_shares(top=0.5, large=0.75)
    """Pyramid level → its share of the time: 0.5 for half. Others have all of it."""
    approaching: float = number(0.8, 0.1, 0.99)
    """Share of the time after which a breach is approaching."""
    urgency_when_due: float = number(4.0, 1, 100)
    """Urgency is 1 as the clock starts and this when it runs out, and rises on in a line."""
    loop_time: int = duration("48h", "1h", "365d")
    """By the clock on the wall: how soon a loop should be closed."""
    loop_share: float = number(0.8, 0, 1)
    """Share of the loops that should be closed so soon."""
    report_window: int = duration("30d", "1d", "730d", whole_days=True)
    """Loops closed within it are judged by `churnstream complaints`."""
    cause_confidence: float = number(0.3, 0, 1)
    """A cause recognised with less probability is `unknown`."""
    keyword_weight: float = number(5.0, 0.1, 1_000)
    """How often each keyword counts as seen with its cause, before anything is learned."""
