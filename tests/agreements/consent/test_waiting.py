"""Until when a notice runs, and until when somebody may refuse."""

from collections.abc import Callable
from datetime import date

import pytest

from services.agreements.consent.errors import NoticePeriodRunning
from services.agreements.consent.waiting import check_notice, deemed_on, notice_over_on, unopposed_on
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
    ("rule", "calendar", "last", "unopposed"),
    [
        (NOTICE, USUAL, None, NOTICE_OVER),
        (NOTICE, HOLIDAYS, None, NOTICE_OVER),
        (PAID_NOTICE, USUAL, None, NOTICE_OVER),
        (ConsentRule(rule="NOTICE", days=10_000_000), USUAL, None, None),
        (SILENCE, USUAL, SILENCE_ENDS, date(2025, 3, 18)),
        (SILENCE, HOLIDAYS, date(2025, 3, 18), date(2025, 3, 19)),
        (SILENCE, FRIDAYS, date(2025, 3, 15), date(2025, 3, 16)),
        (SILENCE, CalendarTerms(weekend=NO_BUSINESS), None, None),
        (ConsentRule(rule="LEAD_DEEMED", days=0), USUAL, NOTICED, date(2025, 3, 4)),
        *((rule, USUAL, None, None) for rule in (NONE, MAJORITY, TWO_THIRDS, UNANIMOUS)),
    ],
)
def test_the_days_that_holders_have(
    rule: ConsentRule, calendar: CalendarTerms, last: date | None, unopposed: date | None
):
    """A notice runs by the calendar; silence is counted in business days, of which the last is one to refuse on."""
    assert (last, unopposed) == (deemed_on(rule, NOTICED, calendar), unopposed_on(rule, NOTICED, calendar))


@pytest.mark.parametrize(("rule", "over"), [(NOTICE, NOTICE_OVER), (ConsentRule(rule="NOTICE", days=0), NOTICED)])
def test_on_the_day_a_notice_is_over_nothing_waits_any_more(rule: ConsentRule, over: date):
    """Its days are counted from the one on which it was given."""
    assert over == notice_over_on(rule, NOTICED)
    check_notice(rule, NOTICED, over)
    with refuses(NoticePeriodRunning):
        check_notice(rule, NOTICED, days_from(over, -1))


@pytest.mark.parametrize(
    ("days", "day", "until"),
    [(30, EVE, "2025-04-02"), (10_000_000, date.max, "never")],
)
def test_a_running_notice_says_until_when(days: int, day: date, until: str):
    """Beyond the calendar that is never, and on no day of it."""
    with refuses(NoticePeriodRunning) as refused:
        check_notice(ConsentRule(rule="NOTICE", days=days), NOTICED, day)
    assert (until, day) == (refused.value.ids["until"], refused.value.got)


@pytest.mark.parametrize("ending", [deemed_on, unopposed_on])
def test_silence_of_more_days_than_there_are_never_ends(
    ending: Callable[[ConsentRule, date, CalendarTerms], date | None],
):
    """It is not taken for consent by a day that nobody could wait for."""
    assert ending(ConsentRule(rule="LEAD_DEEMED", days=30), date(9999, 12, 20), USUAL) is None
