"""The clock on a wall, with the days on which it is put forward or back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.mail.local_time import (
    LEGAL_ZONE_NAME,
    first,
    is_zone,
    last,
    next_time,
    within_until,
    zone_of,
)
from services.notifications.mail.preferences import LEAST_NOT_QUIET, QuietHours
from shared.calendar import LEGAL_ZONE, WEEKDAYS
from shared.events.terms import Weekday

NEW_YORK, LORD_HOWE, APIA = ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
ZONES = st.sampled_from(
    [
        *(
            "Asia/Hong_Kong",
            "America/New_York",
            "Europe/London",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Asia/Kathmandu",
        ),
        *("America/St_Johns", "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Pacific/Chatham", "UTC"),
    ]
).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
FORWARD, BACK = date(2025, 3, 9), date(2025, 11, 2)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# -- when it is some time of the day -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "at", "expected_first", "expected_last"),
    [
        # Skipped, from 02:00 to 03:00: as long after the jump.
        (FORWARD, time(2, 30), "2025-03-09T07:30", "2025-03-09T07:30"),
        (FORWARD, time(2, 0), "2025-03-09T07:00", "2025-03-09T07:00"),
        (FORWARD, time(1, 59), "2025-03-09T06:59", "2025-03-09T06:59"),
        (FORWARD, time(3, 0), "2025-03-09T07:00", "2025-03-09T07:00"),
        # Twice, once in summer time and once after it.
        (BACK, time(1, 30), "2025-11-02T05:30", "2025-11-02T06:30"),
        (BACK, time(0, 59), "2025-11-02T04:59", "2025-11-02T04:59"),
        (BACK, time(2, 0), "2025-11-02T07:00", "2025-11-02T07:00"),
    ],
    ids=str,
)
def test_a_time_that_is_skipped_or_comes_twice(day: date, at: time, expected_first: str, expected_last: str):
    """In New York, on the two days of a year."""
    assert (utc(expected_first), utc(expected_last)) == (first(day, at, NEW_YORK), last(day, at, NEW_YORK))


def test_half_an_hour_and_a_whole_day_are_skipped_as_well():
    """On Lord Howe clocks move by half an hour; in Samoa 30 December 2011 was left out."""
    assert utc("2025-10-04T15:45") == first(date(2025, 10, 5), time(2, 15), LORD_HOWE)
    assert utc("2011-12-30T19:00") == first(date(2011, 12, 30), time(9), APIA)


# -- between two of them -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2025-06-01T13:59", None),
        ("2025-06-01T14:00", "2025-06-01T23:00"),
        ("2025-06-01T22:59", "2025-06-01T23:00"),
        ("2025-06-01T23:00", None),
    ],
)
def test_a_night_ends_on_the_next_day(instant: str, expected: str | None):
    """From ten in the evening to seven in Hong Kong: from the first instant of it, and not at the last."""
    until = within_until(time(22), time(7), zone_of(LEGAL_ZONE_NAME), utc(instant))

    assert until == (utc(expected) if expected else None)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2025-03-09T07:29", "2025-03-09T07:30"),
        ("2025-03-09T07:30", None),
        ("2025-11-02T05:30", "2025-11-02T07:30"),
        ("2025-11-02T07:29", "2025-11-02T07:30"),
    ],
)
def test_a_night_on_which_clocks_move(instant: str, expected: str | None):
    """To half past two, which there is not in March: it lasts as many hours as it would. In November an hour more."""
    until = within_until(time(22), time(2, 30), NEW_YORK, utc(instant))

    assert until == (utc(expected) if expected else None)


def test_a_night_that_ends_at_a_time_that_comes_twice_ends_the_second_time():
    """Nobody is woken in the hour between the two."""
    assert utc("2025-11-02T06:30") == within_until(time(22), time(1, 30), NEW_YORK, utc("2025-11-02T05:45"))


@given(TIMES, TIMES, ZONES, INSTANTS)
def test_it_ends_and_then_it_is_not_quiet(begins: time, ends: time, zone: ZoneInfo, instant: datetime):
    """Whatever clocks do: within two days it is over, and it begins again no sooner than hours later."""
    if timedelta(days=1) - QuietHours(from_=f"{begins:%H:%M}", to=f"{ends:%H:%M}").length < LEAST_NOT_QUIET:
        return
    until = within_until(begins, ends, zone, instant)

    if until is not None:
        assert instant < until <= instant + timedelta(days=2)
        assert within_until(begins, ends, zone, until) is None
        assert within_until(begins, ends, zone, until + LEAST_NOT_QUIET - timedelta(hours=2)) is None


@given(TIMES, TIMES, INSTANTS)
def test_where_clocks_are_never_moved_it_is_what_they_say(begins: time, ends: time, instant: datetime):
    """Quiet is what the wall says, be it over midnight or not."""
    zone = zone_of(LEGAL_ZONE_NAME)
    now = instant.astimezone(zone).time()
    expected = begins <= now < ends if begins < ends else now >= begins or now < ends

    assert expected == (within_until(begins, ends, zone, instant) is not None)


# -- the next time it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "weekday", "now", "expected"),
    [
        (8, None, "2025-06-02T11:59", "2025-06-02T12:00"),
        (8, None, "2025-06-02T12:00", "2025-06-03T12:00"),
        (8, "MON", "2025-06-02T12:00", "2025-06-09T12:00"),
        (8, "SUN", "2025-06-02T12:00", "2025-06-08T12:00"),
        # Skipped on that day, and then as long after the jump; twice, and then the first time alone.
        (2, None, "2025-03-08T12:00", "2025-03-09T07:00"),
        (1, None, "2025-11-02T05:00", "2025-11-03T06:00"),
        (1, "SUN", "2025-11-02T05:30", "2025-11-09T06:00"),
    ],
    ids=str,
)
def test_the_next_time_by_the_clock(hour: int, weekday: Weekday | None, now: str, expected: str):
    """In New York: later than now, and once on each day."""
    assert utc(expected) == next_time(time(hour), weekday, NEW_YORK, utc(now))


@given(TIMES, st.none() | st.sampled_from(WEEKDAYS), ZONES, INSTANTS)
def test_there_is_always_a_next_time(at: time, weekday: Weekday | None, zone: ZoneInfo, now: datetime):
    """Within a week and two days, and after each there is another."""
    following = next_time(at, weekday, zone, now)

    assert now < following <= now + timedelta(days=9 if weekday else 3)
    assert following < next_time(at, weekday, zone, following)


# -- zones -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("Asia/Hong_Kong", "America/Argentina/Ushuaia", "UTC", "Etc/GMT+5")),
        *((name, False) for name in ("Asia", "Asia/Hongkong", "localtime", "Factory", "../etc/passwd", "", "zone.tab")),
        *((name, False) for name in ("/etc/localtime", "leapseconds", "x" * 300, "UTC\x00")),
    ],
)
def test_a_zone_is_one_of_the_ianas(name: str, expected: bool):  # noqa: FBT001
    """And no folder, no other file, and not whatever the machine is set to."""
    assert expected == is_zone(name)


def test_a_zone_that_is_forgotten_is_the_legal_one():
    """A machine without its name sends all the same."""
    assert LEGAL_ZONE == zone_of("Mars/Olympus_Mons")
