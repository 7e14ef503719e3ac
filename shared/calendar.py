"""The legal calendar: which day it is at an instant, and which day lies so many days, months or business days later.

Terms may hold any number of days, and a day may be any day there is: what would lie beyond the calendar is None, which
everybody may take for "never".
"""

from calendar import monthrange
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from shared.events.terms import Weekday

# Legal days begin at midnight in Hong Kong, the zone of an agreement that names no other. It has kept UTC+8 without
# summer time since 1979, so a fixed offset is exact and needs no time zone database in the image.
LEGAL_ZONE: Final = timezone(timedelta(hours=8), "Asia/Hong_Kong")
WEEKDAYS: Final[tuple[Weekday, ...]] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MICROSECOND: Final = timedelta(microseconds=1)
_MONTHS: Final = 12


def legal_day(instant: datetime) -> date:
    """Return the legal day of an instant."""
    return instant.astimezone(LEGAL_ZONE).date()


def end_of(day: date) -> datetime:
    """Return the last instant of a legal day, in UTC; raises OverflowError for the calendar's last."""
    following = day + timedelta(days=1)
    begins = datetime(following.year, following.month, following.day, tzinfo=LEGAL_ZONE)
    return begins.astimezone(UTC) - _MICROSECOND


def days_after(day: date, days: int) -> date | None:
    """Return the day that lies so many days later; None beyond the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def day_after(day: date | None) -> date | None:
    """Return the day after a last day; None where there is no last day, or none after it."""
    return None if day is None else days_after(day, 1)


def months_after(day: date, months: int) -> date | None:
    """Return the same day of a later month, or its last day where that month is shorter; None beyond the calendar."""
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year = day.year + years
    if year > date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def business_days_after(
    day: date, days: int, weekend: Collection[Weekday], holidays: Collection[date] = ()
) -> date | None:
    """Return the last of so many business days after a day; None beyond the calendar, or where no day is one."""
    if len(set(weekend)) == len(WEEKDAYS):
        return None
    last: date | None = day
    while days > 0 and (last := day_after(last)) is not None:
        days -= WEEKDAYS[last.weekday()] not in weekend and last not in holidays
    return last
