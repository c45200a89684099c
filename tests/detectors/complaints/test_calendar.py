"""Working hours: due moments and working time, against a count minute by minute."""

import tomllib
from datetime import datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detectors.complaints.calendar import Calendar
from detectors.complaints.sections import Hours
from detectors.policy import Policy, PolicyError, effective_toml, parse_policy

HOUR = 3_600.0
BERLIN = Calendar(Hours(zone="Europe/Berlin", holidays="DE", closed=("2026-12-24",)))
NIGHTS = Calendar(
    Hours(zone="America/New_York", weekdays=("sat", "sun"), opens="00:00", closes="24:00")
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def local(moment: float, zone: str = "Europe/Berlin") -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02T09:00+01:00", 8, "2026-03-02T17:00:00+01:00"),
        ("2026-03-02T16:00+01:00", 2, "2026-03-03T10:00:00+01:00"),
        ("2026-03-02T03:00+01:00", 1, "2026-03-02T10:00:00+01:00"),
        ("2026-03-07T12:00+01:00", 1, "2026-03-09T10:00:00+01:00"),
        ("2026-03-27T16:00+01:00", 2, "2026-03-30T10:00:00+02:00"),
        ("2026-10-23T16:00+02:00", 2, "2026-10-26T10:00:00+01:00"),
        ("2026-04-02T16:00+02:00", 2, "2026-04-07T10:00:00+02:00"),
        ("2026-12-23T16:00+01:00", 2, "2026-12-28T10:00:00+01:00"),
        ("2026-12-31T16:00+01:00", 2, "2027-01-04T10:00:00+01:00"),
        ("2026-03-02T09:00+01:00", 2088, "2027-03-11T17:00:00+01:00"),
    ],
    ids=[
        "the whole day until closing",
        "over night",
        "begun at night",
        "begun at the weekend",
        "clocks go forward",
        "clocks go back",
        "Easter",
        "Christmas and a day of the company's own",
        "New Year",
        "more than a year",
    ],
)
def test_a_promise_falls_due_in_working_hours(start: str, hours: float, due: str) -> None:
    found = BERLIN.due(at(start), hours * HOUR)
    assert local(found) == due
    assert BERLIN.worked(at(start), found) == hours * HOUR


def test_hours_that_a_change_of_clocks_takes_or_gives_are_counted_as_they_pass() -> None:
    spring = at("2026-03-08T00:00-05:00")
    autumn = at("2026-11-01T00:00-04:00")
    assert NIGHTS.worked(spring, spring + 86_400) == 23 * HOUR
    assert NIGHTS.worked(autumn, autumn + 90_000) == 25 * HOUR
    assert local(NIGHTS.due(spring, 3 * HOUR), "America/New_York") == "2026-03-08T04:00:00-04:00"


HOLIDAYS = {
    *("2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06"),
    *("2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03"),
}
moments = st.integers(int(at("2025-12-20T00:00Z")) // 60, int(at("2026-11-10T00:00Z")) // 60)


@settings(max_examples=25)
@example(int(at("2026-03-29T00:00Z")) // 60, 900)
@given(moments, st.integers(1, 4_000))
def test_working_time_is_the_count_of_open_minutes(minute: int, minutes: int) -> None:
    start, end = minute * 60.0, (minute + minutes) * 60.0
    zone, expected = ZoneInfo("Europe/Berlin"), 0.0
    for number in range(minutes):
        moment = datetime.fromtimestamp(start + number * 60, zone)
        day = moment.date().isoformat()
        closed = moment.weekday() > 4 or day in HOLIDAYS or not 9 <= moment.hour < 17
        expected += 0.0 if closed else 60.0
    assert BERLIN.worked(start, end) == expected


@settings(max_examples=50)
@given(moments, st.floats(1, 5e6))
def test_due_and_worked_are_each_others_inverse(minute: int, seconds: float) -> None:
    start = minute * 60.0
    due = BERLIN.due(start, seconds)
    assert BERLIN.worked(start, due) == pytest.approx(seconds, abs=1e-3)
    assert BERLIN.worked(start, due - 1) < seconds


def test_of_a_stretch_without_work_the_due_moment_is_never() -> None:
    empty = Calendar(Hours(weekdays=("mon",), opens="02:00", closes="02:30", zone="UTC"))
    assert empty.due(at("2026-01-01T00:00Z"), 365 * 24 * HOUR) == inf
    days = [datetime(2026, 1, 1) + timedelta(days=day) for day in range(365)]  # noqa: DTZ001
    closed = tuple(day.date().isoformat() for day in days)
    shut = Calendar(Hours(closed=closed))
    assert shut.due(at("2026-01-01T00:00Z"), HOUR) == at("2027-01-01T10:00Z")
    assert shut.worked(at("2026-01-01T00:00Z"), at("2026-12-31T00:00Z")) == 0.0


def test_a_moment_at_the_end_of_all_dates_is_not_looked_for_beyond() -> None:
    assert BERLIN.due(at("9998-12-31T12:00Z"), 100 * HOUR) == inf


def test_a_region_differs_only_in_what_it_states() -> None:
    policy = parse_policy(
        {
            "calendar": {
                "zone": "Europe/Berlin",
                "closes": "18:00",
                "regions": {"gulf": {"zone": "Asia/Dubai", "weekdays": ["mon", "sun"]}},
            }
        }
    )
    sunday = at("2026-03-01T17:00+04:00")
    assert local(policy.calendars.of("gulf").due(sunday, HOUR), "Asia/Dubai") == (
        "2026-03-01T18:00:00+04:00"
    )
    for region in ("", "unknown"):
        assert local(policy.calendars.of(region).due(sunday, HOUR)) == "2026-03-02T10:00:00+01:00"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"weekdays": []}, "without a working day no clock would ever run out"),
        ({"weekdays": ["monday"]}, "write a list out of mon, tue"),
        ({"opens": "17:00", "closes": "09:00"}, "no working time lies between them"),
        ({"opens": "9:00"}, "calendar.opens = '9:00': write a time of day in quotes"),
        ({"opens": "25:00"}, "write a time of day"),
        ({"zone": "Mars/Olympus"}, "no such IANA time zone"),
        ({"holidays": "XX"}, "calendar.holidays = 'XX'"),
        ({"holidays": "DE-QQ"}, "calendar.holidays = 'DE-QQ'"),
        ({"closed": ["24.12.2026"]}, 'write dates like "2026-12-24"'),
        ({"regions": {"north": {"weekdays": []}}}, "calendar.regions.north.weekdays = []"),
        ({"regions": {"north": {"hours": 8}}}, "unknown key in [calendar.regions.north]"),
        ({"regions": {"north": {"zone": "Nowhere"}}}, "no such IANA time zone"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_with_place_and_remedy(
    table: dict[str, object], says: str
) -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy({"calendar": table})
    assert says in str(error.value)


def test_the_effective_policy_reads_back_with_regions_and_promises() -> None:
    policy = parse_policy(
        {
            "calendar": {"regions": {"north": {"weekdays": ["mon"], "closed": ["2026-01-02"]}}},
            "complaints": {"response": ["1h", "2h", "3h", "90m", "5h"], "level_share": {"top": 2}},
        }
    )
    assert parse_policy(tomllib.loads(effective_toml(policy))) == policy
    assert Policy().complaints.response[0] == 16 * 3_600
