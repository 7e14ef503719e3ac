"""The days that a consent rule gives whoever is on notice: until a notice is over, and until silence is consent."""

from datetime import date, timedelta
from typing import Final

from shared.calendar import business_days_after, days_after
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule

_DAY: Final = timedelta(days=1)


def notice_over_on(rule: ConsentRule, noticed_on: date) -> date | None:
    """Return the day on which a notice is over: the first on which what it is about may take place."""
    return days_after(noticed_on, rule.days or 0)


def deemed_on(rule: ConsentRule, noticed_on: date, calendar: CalendarTerms) -> date | None:
    """Return the last day on which somebody may refuse, where the rule takes silence for consent."""
    if rule.rule != "LEAD_DEEMED":
        return None
    return business_days_after(noticed_on, rule.days or 0, calendar.weekend, calendar.holiday_dates)


def may_speak_until(rule: ConsentRule, since: date, calendar: CalendarTerms) -> date | None:
    """Return the last day on which whoever is on notice since a day may speak; None by a rule that gives no time.

    A time that never ends has the last day there is.
    """
    if rule.rule in NOTICE_RULES:
        over_on = notice_over_on(rule, since)
        return date.max if over_on is None else over_on - _DAY
    if rule.rule == "LEAD_DEEMED":
        return deemed_on(rule, since, calendar) or date.max
    return None
