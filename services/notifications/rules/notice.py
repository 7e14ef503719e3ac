"""How long a notice runs, by a rule of the terms that asks for one."""

from datetime import date

from shared.calendar import days_after
from shared.events.terms import NOTICE_RULES, ConsentRule


def end_of_notice(rule: ConsentRule | None, noticed_on: date) -> date | None:
    """Return the day on which a notice has run out; none where the rule asks for no notice, or says no days."""
    if rule is None or rule.rule not in NOTICE_RULES or rule.days is None:
        return None
    return days_after(noticed_on, rule.days)
