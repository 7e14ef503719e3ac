"""How long a notice runs, by a rule of the terms that asks for one."""

from datetime import date

from services.notifications.rules.rule import last_day_before
from shared.calendar import days_after
from shared.events.terms import NOTICE_RULES, ConsentRule


def end_of_notice(rule: ConsentRule | None, noticed_on: date) -> date | None:
    """Return the last day of a notice; none where the rule asks for no notice, or says no days.

    On the day after it what it is about may take place.
    """
    if rule is None or rule.rule not in NOTICE_RULES or rule.days is None:
        return None
    return last_day_before(days_after(noticed_on, rule.days))
