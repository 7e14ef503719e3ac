"""Until when a notice runs, and until when somebody may refuse."""

from datetime import date

import pytest

from services.agreements.consent.errors import NoticeNotProven, NoticePeriodRunning
from services.agreements.consent.waiting import check_notice
from services.agreements.notices.periods import deemed_on, may_speak_until, notice_over_on
from shared.events.terms import CalendarTerms, ConsentRule, Weekday
from tests.agreements.consent.situations import (
    MAJORITY,
    NONE,
    NOTICE,
    NOTICE_OVER,
    NOTICED,
    PAID_NOTICE,
    SILENCE,
    SILENCE_ENDS,
    TWO_THIRDS,
    UNANIMOUS,
    days_from,
)
from tests.told import refuses

USUAL = CalendarTerms()
HOLIDAYS = CalendarTerms(holidays="HK-2025", holiday_dates=(date(2025, 3, 4), date(2025, 3, 8)))
FRIDAYS = CalendarTerms(weekend=("FRI",))
NO_BUSINESS: tuple[Weekday, ...] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
EVE = days_from(NOTICE_OVER, -1)


@pytest.mark.parametrize(
    ("rule", "calendar", "last"),
    [
        (NOTICE, USUAL, EVE),
        (NOTICE, HOLIDAYS, EVE),
        (PAID_NOTICE, USUAL, EVE),
        (ConsentRule(rule="NOTICE", days=10_000_000), USUAL, date.max),
        (SILENCE, USUAL, SILENCE_ENDS),
        (SILENCE, HOLIDAYS, date(2025, 3, 18)),
        (SILENCE, FRIDAYS, date(2025, 3, 15)),
        (SILENCE, CalendarTerms(weekend=NO_BUSINESS), date.max),
        (ConsentRule(rule="LEAD_DEEMED", days=0), USUAL, NOTICED),
        *((rule, USUAL, None) for rule in (NONE, MAJORITY, TWO_THIRDS, UNANIMOUS)),
    ],
)
def test_whoever_is_on_notice_may_speak_up_to_a_last_day(rule: ConsentRule, calendar: CalendarTerms, last: date | None):
    """The day before a notice is over, which runs by the calendar; of silence a business day; or for ever."""
    assert last == may_speak_until(rule, NOTICED, calendar)


@pytest.mark.parametrize(("rule", "over"), [(NOTICE, NOTICE_OVER), (ConsentRule(rule="NOTICE", days=0), NOTICED)])
def test_on_the_day_a_notice_is_over_nothing_waits_any_more(rule: ConsentRule, over: date):
    """Its days are counted from the one on which it was given."""
    assert over == notice_over_on(rule, NOTICED)
    last_days = {"ATRC": may_speak_until(rule, NOTICED, USUAL)}
    check_notice(last_days, over)
    with refuses(NoticePeriodRunning):
        check_notice(last_days, days_from(over, -1))


@pytest.mark.parametrize(
    ("days", "day", "until"),
    [(30, EVE, "2025-04-02"), (10_000_000, date.max, "never")],
)
def test_a_running_notice_says_until_when(days: int, day: date, until: str):
    """Beyond the calendar that is never, and on no day of it."""
    with refuses(NoticePeriodRunning) as refused:
        check_notice({"ATRC": may_speak_until(ConsentRule(rule="NOTICE", days=days), NOTICED, USUAL)}, day)
    assert (until, day) == (refused.value.ids["until"], refused.value.got)


def test_silence_of_more_days_than_there_are_never_ends():
    """It is not taken for consent by a day that nobody could wait for."""
    rule = ConsentRule(rule="LEAD_DEEMED", days=30)

    assert deemed_on(rule, date(9999, 12, 20), USUAL) is None
    assert date.max == may_speak_until(rule, date(9999, 12, 20), USUAL)


def test_a_notice_is_over_once_it_is_for_each():
    """Of whoever is on notice last; before somebody is, no day can be told."""
    later = days_from(EVE, 3)
    with refuses(NoticePeriodRunning) as running:
        check_notice({"ATRC": EVE, "EGU": later}, later, at="that day")
    assert str(days_from(later, 1)) == running.value.ids["until"]
    check_notice({"ATRC": EVE, "EGU": later}, days_from(later, 1))

    with refuses(NoticeNotProven) as unproven:
        check_notice({"ATRC": EVE, "EGU": None, "HUT": None}, date.max)
    assert ["EGU", "HUT"] == unproven.value.ids["missing"]
