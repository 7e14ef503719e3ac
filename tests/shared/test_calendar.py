"""Legal days begin at midnight in Hong Kong, and what would lie beyond the calendar is never."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

import pytest

from shared.calendar import WEEKDAYS, business_days_after, day_after, days_after, end_of, legal_day, months_after
from shared.events.terms import Weekday

LAST: Final = date.max
WEEKEND: Final[tuple[Weekday, ...]] = ("SAT", "SUN")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2025, 3, 1, 15, 59, 59, 999_999, UTC), date(2025, 3, 1)),
        (datetime(2025, 3, 1, 16, tzinfo=UTC), date(2025, 3, 2)),
        (datetime(2025, 3, 1, 12, tzinfo=timezone(timedelta(hours=-5))), date(2025, 3, 2)),
    ],
    ids=["the last instant", "midnight there", "said in another zone"],
)
def test_a_day_begins_at_midnight_in_hong_kong(instant: datetime, day: date) -> None:
    """Wherever the machine stands, and in whatever zone the instant is said."""
    assert day == legal_day(instant)


def test_a_day_ends_an_instant_before_the_next_begins() -> None:
    """Nothing can happen between two days, and the end is said in UTC."""
    end = end_of(date(2025, 3, 1))

    assert datetime(2025, 3, 1, 15, 59, 59, 999_999, UTC) == end
    assert UTC is end.tzinfo


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2025, 1, 15), 0, date(2025, 1, 15)),
        (date(2025, 1, 15), 11, date(2025, 12, 15)),
        (date(2025, 1, 15), 12, date(2026, 1, 15)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(9998, 12, 31), 12, LAST),
        (LAST, 1, None),
        (date(9999, 11, 30), 10**9, None),
    ],
)
def test_the_same_day_of_a_later_month(day: date, months: int, later: date | None) -> None:
    """Or that month's last, where it is shorter."""
    assert later == months_after(day, months)


def test_days_are_counted_to_the_calendars_last() -> None:
    """None is what everybody takes for never."""
    assert date(2025, 3, 2) == days_after(date(2025, 2, 28), 2) == day_after(date(2025, 3, 1))
    assert LAST == days_after(date(9999, 12, 30), 1)
    assert days_after(LAST, 1) is None
    assert day_after(LAST) is None
    assert day_after(None) is None


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        (date(2025, 3, 7), 0, date(2025, 3, 7)),
        (date(2025, 3, 7), 1, date(2025, 3, 11)),
        (date(2025, 3, 7), 2, date(2025, 3, 12)),
        (date(2025, 3, 8), 1, date(2025, 3, 11)),
        (date(9999, 12, 30), 2, None),
    ],
    ids=["none", "over a weekend and a holiday", "and one more", "from a weekend on", "beyond the calendar"],
)
def test_business_days_are_neither_of_the_weekend_nor_holidays(day: date, days: int, last: date | None) -> None:
    """The Monday after this weekend is a holiday."""
    assert last == business_days_after(day, days, WEEKEND, {date(2025, 3, 10)})


def test_where_every_day_is_of_the_weekend_no_business_day_comes() -> None:
    """Said at once, however few are asked for, and not looked for until the end of the calendar."""
    assert business_days_after(date(2025, 3, 7), 0, WEEKDAYS) is None
    assert business_days_after(date(2025, 3, 7), 1, WEEKDAYS) is None
