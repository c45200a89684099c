"""Working hours: when a promise falls due, and how much working time lies between two moments.

A promise runs while the team works: on its weekdays, between opening and closing in its time
zone, and not on holidays. The hours of a year are laid out once as spans of epoch seconds with
the working time before each; a question is then a search in that list. A day on which the clocks
change has the hours that the wall clock shows, so one hour more or less where the change falls
within them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import inf
from typing import NamedTuple
from zoneinfo import ZoneInfo

from detectors.complaints.fields import WEEKDAYS
from detectors.complaints.sections import CalendarRules, Hours
from detectors.policy_fields import PolicyError

REMEMBERED = 8_192
"""Moments whose place in the calendar is remembered."""
LONGEST_SEARCH = 10
"""Years after the start in which a due moment is looked for."""
_ONE_DAY = timedelta(days=1)


class _Year(NamedTuple):
    """The working hours of one year of the local calendar, in order."""

    number: int
    starts: list[float]
    """Epoch s at which each span of work begins."""
    ends: list[float]
    before: list[float]
    """Working seconds of the year before each span."""
    through: list[float]
    """The same and the span itself."""

    @property
    def total(self) -> float:
        """Working seconds of the whole year."""
        return self.through[-1] if self.through else 0.0

    def worked(self, at: float) -> float:
        """Working seconds of the year until `at`."""
        span = bisect_right(self.starts, at) - 1
        if span < 0:
            return 0.0
        return self.before[span] + min(at, self.ends[span]) - self.starts[span]

    def when(self, worked: float) -> float:
        """The first moment at which so many working seconds (≤ `total`) have passed."""
        span = bisect_left(self.through, worked)
        return self.starts[span] + worked - self.before[span]


class Calendar:
    """The working hours of one region.

    >>> office = Calendar(Hours(zone="Europe/Berlin"))
    >>> friday = datetime.fromisoformat("2026-03-27T16:00+01:00").timestamp()
    >>> due = office.due(friday, 2 * 3600)  # the clocks change on Sunday
    >>> datetime.fromtimestamp(due, ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-30T10:00:00+02:00'
    >>> office.worked(friday, due)
    7200.0
    """

    def __init__(self, hours: Hours) -> None:
        """Raises `PolicyError` for hours, a zone or a country that cannot be."""
        self._zone = _zone(hours.zone)
        self._weekdays = {WEEKDAYS.index(day) for day in hours.weekdays}
        self._opens, self._closes = _minutes(hours.opens), _minutes(hours.closes)
        if self._opens >= self._closes:
            raise PolicyError(
                f"calendar.opens = {hours.opens!r}, closes = {hours.closes!r}: no working time "
                'lies between them; close later than you open (until "24:00")'
            )
        self._closed = {date.fromisoformat(day) for day in hours.closed}
        self._country = hours.holidays
        _holidays(self._country, 2000)
        self._years: dict[int, _Year] = {}
        # The same moments are asked about at each look at a complaint.
        self._place = lru_cache(maxsize=REMEMBERED)(self._place_of)

    def due(self, start: float, seconds: float) -> float:
        """The moment (epoch s) at which `seconds` > 0 of working time have passed since `start`.

        Infinity when that is further off than `LONGEST_SEARCH` years.
        """
        year, worked = self._place(start)
        last, left = year.number + LONGEST_SEARCH, worked + seconds
        while left > year.total:
            left -= year.total
            if year.number >= last:
                return inf
            year = self._year(year.number + 1)
        return year.when(left)

    def worked(self, start: float, end: float) -> float:
        """Working seconds from `start` to `end` (epoch s); 0 if it does not lie later."""
        if end <= start:
            return 0.0
        first, before = self._place(start)
        last, until = self._place(end)
        whole = sum(self._year(year).total for year in range(first.number, last.number))
        return whole + until - before

    def _place_of(self, at: float) -> tuple[_Year, float]:
        """The local year of a moment, and its working seconds until then."""
        year = self._year(datetime.fromtimestamp(at, self._zone).year)
        return year, year.worked(at)

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._laid_out(year)
        return found

    def _laid_out(self, year: int) -> _Year:
        laid = _Year(year, [], [], [], [])
        if not date.min.year < year < date.max.year:
            return laid
        worked = 0.0
        for day in self._working_days(year):
            start, end = self._moment(day, self._opens), self._moment(day, self._closes)
            if end > start:
                laid.starts.append(start)
                laid.ends.append(end)
                laid.before.append(worked)
                worked += end - start
                laid.through.append(worked)
        return laid

    def _working_days(self, year: int) -> Iterable[date]:
        holidays = _holidays(self._country, year)
        day = date(year, 1, 1)
        while day.year == year:
            works = day.weekday() in self._weekdays
            if works and day not in self._closed and day not in holidays:
                yield day
            day += _ONE_DAY

    def _moment(self, day: date, minutes: int) -> float:
        """The epoch second of a local time; 24:00 is the next day's beginning."""
        if minutes == 24 * 60:
            day, minutes = day + _ONE_DAY, 0
        local = time(minutes // 60, minutes % 60, tzinfo=self._zone)
        return datetime.combine(day, local).timestamp()


class Calendars:
    """The calendars of all regions."""

    def __init__(self, rules: CalendarRules) -> None:
        """Raises `PolicyError` for a calendar that cannot be."""
        usual = {item.name: getattr(rules, item.name) for item in fields(Hours)}
        self._usual = Calendar(Hours(**usual))
        self._regions = {
            region: Calendar(Hours(**{**usual, **differs}))
            for region, differs in rules.regions.items()
        }

    def of(self, region: str) -> Calendar:
        """The region's calendar; the usual one where none is stated."""
        return self._regions.get(region, self._usual)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise PolicyError(
            f'calendar.zone = {name!r}: no such IANA time zone; write one like "Europe/London"'
        ) from None


def _holidays(country: str, year: int) -> Container[date]:
    """The public holidays of a country (and subdivision) in a year; none without a country."""
    if not country:
        return ()
    import holidays  # costs a moment that only those who use it should wait

    code, _, subdivision = country.partition("-")
    try:
        found = holidays.country_holidays(
            code, subdiv=subdivision or None, years=year, expand=False
        )
    except NotImplementedError as error:
        raise PolicyError(
            f"calendar.holidays = {country!r}: {error}; write an ISO code the package `holidays` "
            'knows, like "DE" or "US-CA", or list the days in calendar.closed'
        ) from None
    return frozenset(found)
