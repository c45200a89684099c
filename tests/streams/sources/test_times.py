"""Laws of reading times."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.errors import BadValueError
from streams.sources.times import counted_time, moment, strptime_pattern, written_time

LONDON = ZoneInfo("Europe/London")
MOMENTS = st.datetimes(
    min_value=dt.datetime(1972, 1, 1),  # noqa: DTZ001
    max_value=dt.datetime(2037, 1, 1),  # noqa: DTZ001
)


@given(MOMENTS)
def test_a_time_with_an_offset_keeps_its_moment_whatever_the_zone(time: dt.datetime) -> None:
    aware = time.replace(tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    for zone in (None, LONDON):
        assert written_time(zone)(aware.isoformat()).seconds == aware.timestamp()


@given(MOMENTS)
def test_text_and_seconds_of_a_moment_agree(time: dt.datetime) -> None:
    found = moment(time, LONDON)
    assert dt.datetime.fromisoformat(found.text).timestamp() == found.seconds
    assert found.text.endswith("Z")


@given(MOMENTS)
def test_a_pattern_reads_what_it_writes(time: dt.datetime) -> None:
    whole = time.replace(microsecond=0)
    read = written_time(dt.UTC, "DD/MM/YYYY HH:mm:ss")
    assert read(whole.strftime("%d/%m/%Y %H:%M:%S")) == moment(whole, dt.UTC)


@given(st.integers(-3000, 3000))
def test_days_from_an_origin_are_steps_in_the_calendar(days: int) -> None:
    origin = dt.datetime(2013, 10, 1)  # noqa: DTZ001
    found = counted_time("days", origin, LONDON)(days)
    local = dt.datetime.fromtimestamp(found.seconds, LONDON)
    assert (local.hour, local.minute) == (0, 0)
    assert local.date() == (origin + dt.timedelta(days)).date()


@given(st.integers(-(10**6), 10**6))
def test_hours_from_an_origin_are_elapsed_time(hours: int) -> None:
    origin = dt.datetime(2013, 10, 1, tzinfo=dt.UTC)
    local = dt.datetime(2013, 10, 1, 1)  # noqa: DTZ001
    for start, zone in ((origin, None), (local, LONDON)):
        found = counted_time("hours", start, zone)(str(hours))
        assert found.seconds == origin.timestamp() + hours * 3600


def test_a_local_time_that_happens_twice_is_the_first() -> None:
    assert written_time(LONDON)("2011-10-30 01:30:00").text == "2011-10-30T00:30:00Z"


def test_a_local_time_that_clocks_skip_is_read_with_the_offset_before() -> None:
    assert written_time(LONDON)("2011-03-27 01:30:00").text == "2011-03-27T01:30:00Z"


@pytest.mark.parametrize(
    ("value", "pattern"),
    [("19970101", "YYYYMMDD"), (19970101, "YYYYMMDD"), ("01/01/97", "%d/%m/%y")],
)
def test_patterns(value: object, pattern: str) -> None:
    assert written_time(dt.UTC, pattern)(value).text == "1997-01-01T00:00:00Z"


def test_dates_and_times_of_typed_files() -> None:
    read = written_time(dt.UTC)
    assert read(dt.date(2020, 2, 29)) == read(dt.datetime(2020, 2, 29, tzinfo=dt.UTC))


@pytest.mark.parametrize("value", ["soon", "2020-13-01", "", True, 1.5, [1], "10/01/2020"])
def test_what_is_no_time(value: object) -> None:
    with pytest.raises(BadValueError, match="ISO 8601"):
        written_time(dt.UTC)(value)


def test_a_time_without_offset_and_zone_names_the_remedy() -> None:
    with pytest.raises(BadValueError, match="timezone ="):
        written_time(None)("2020-01-01")


@pytest.mark.parametrize("value", ["1e9", "-1e9", "9" * 40])
def test_a_count_beyond_the_calendar_is_bad(value: str) -> None:
    origin = dt.datetime(2013, 10, 1)  # noqa: DTZ001
    with pytest.raises(BadValueError, match="outside the years"):
        counted_time("weeks", origin, LONDON)(value)


def test_a_time_at_the_edge_of_the_calendar_is_bad() -> None:
    with pytest.raises(BadValueError, match="outside the years"):
        written_time(ZoneInfo("Asia/Tokyo"))("0001-01-01")


@pytest.mark.parametrize("pattern", ["HH:mm", "%H:%M", ""])
def test_a_pattern_needs_a_year(pattern: str) -> None:
    with pytest.raises(ValueError, match="names no year"):
        strptime_pattern(pattern)
