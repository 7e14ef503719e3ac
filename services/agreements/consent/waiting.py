"""The days that holders have: until a notice is over, and until silence is consent. None is never."""

from datetime import date
from typing import Final

from services.agreements.consent.errors import NoticePeriodRunning
from shared.calendar import business_days_after, day_after, days_after
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule

_NEVER: Final = "never"


def notice_over_on(rule: ConsentRule, noticed_on: date) -> date | None:
    """Return the day on which a notice is over: the first on which what it is about may take place."""
    return days_after(noticed_on, rule.days or 0)


def deemed_on(rule: ConsentRule, noticed_on: date, calendar: CalendarTerms) -> date | None:
    """Return the last day on which somebody may refuse, where the rule takes silence for consent."""
    if rule.rule != "LEAD_DEEMED":
        return None
    return business_days_after(noticed_on, rule.days or 0, calendar.weekend, calendar.holiday_dates)


def unopposed_on(rule: ConsentRule, noticed_on: date, calendar: CalendarTerms) -> date | None:
    """Return the first day after the time to oppose, where the rule gives some."""
    if rule.rule in NOTICE_RULES:
        return notice_over_on(rule, noticed_on)
    return day_after(deemed_on(rule, noticed_on, calendar))


def check_notice(rule: ConsentRule, noticed_on: date, day: date, **ids: object) -> None:
    """Raise NoticePeriodRunning, with the ids, if what the notice is about would take place before it is over."""
    until = notice_over_on(rule, noticed_on)
    if until is None:
        raise NoticePeriodRunning(expected="from no day there is", got=day, until=_NEVER, **ids)
    if day < until:
        raise NoticePeriodRunning(expected=f"from {until}", got=day, until=str(until), **ids)
