"""The days that holders have: until a notice is over, and until silence is consent. None is never."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from services.agreements.consent.errors import NoticeNotProven, NoticePeriodRunning
from shared.calendar import business_days_after, day_after, days_after
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule

_NEVER: Final = "never"
_DAY: Final = timedelta(days=1)


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


def check_notice(last_days: Mapping[str, date | None], day: date, **ids: object) -> None:
    """Raise, with the ids, if what holders have notice of would take place before the time of each is over.

    NoticeNotProven names those that are not on notice yet: of them no day is known.
    """
    if unproven := sorted(holder for holder, last in last_days.items() if last is None):
        raise NoticeNotProven(missing=unproven)
    until = day_after(max((last for last in last_days.values() if last is not None), default=date.min))
    if until is None:
        raise NoticePeriodRunning(expected="from no day there is", got=day, until=_NEVER, **ids)
    if day < until:
        raise NoticePeriodRunning(expected=f"from {until}", got=day, until=str(until), **ids)
