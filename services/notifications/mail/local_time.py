"""What the clock on a person's wall says and when it will say something else, also where it is put forward or back."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from shared.calendar import LEGAL_ZONE, WEEKDAYS
from shared.events.terms import Weekday

LEGAL_ZONE_NAME: Final = "Asia/Hong_Kong"
# What stands among the zones of a machine and says something else on each.
_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})
_DAY: Final = timedelta(days=1)


def is_zone(name: str) -> bool:
    """Tell whether a time zone is known here by a name of the IANA's."""
    return name not in _NO_ZONES and _zone(name) is not None


def zone_of(name: str) -> tzinfo:
    """Return a time zone; the legal one where this machine knows none of that name, as it did who was told it."""
    return _zone(name) or LEGAL_ZONE


def first(day: date, at: time, zone: tzinfo) -> datetime:
    """Return when clocks first say this on a day; where they skip it, as long after the jump as it would be."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def last(day: date, at: time, zone: tzinfo) -> datetime:
    """Return when clocks last say this on a day; where they skip it, as long after the jump as it would be."""
    return max(first(day, at, zone), first(day, at.replace(fold=1), zone))


def within_until(begins: time, ends: time, zone: tzinfo, instant: datetime) -> datetime | None:
    """Return until when it is between two times of the day, if it is; one that ends no later ends on the next day."""
    today = instant.astimezone(zone).date()
    spans = (
        (first(day, begins, zone), last(day if begins < ends else day + _DAY, ends, zone))
        for day in (today - _DAY, today)
    )
    return max((end for start, end in spans if start <= instant < end), default=None)


def next_time(at: time, weekday: Weekday | None, zone: tzinfo, instant: datetime) -> datetime:
    """Return when it is some time of the day next, on a day of the week or on any: once on each day, be it twice."""
    today = instant.astimezone(zone).date()
    # Where a day is left out, what was to be on it is on the next; so one looks at the day before as well.
    days = (today + timedelta(days=days) for days in range(-1, 2 * len(WEEKDAYS)))
    times = (first(day, at, zone) for day in days if weekday in {None, WEEKDAYS[day.weekday()]})
    return min(each for each in times if each > instant)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such name, or a folder or a file that is none
        return None
