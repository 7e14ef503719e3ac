"""How long a notice runs, by a rule of the terms that asks for one; and that nobody is told that it was given."""

from datetime import date
from typing import Final

from services.notifications.rules.rule import Nobody, Rules, last_day_before
from shared.calendar import days_after
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.terms import NOTICE_RULES, ConsentRule


def end_of_notice(rule: ConsentRule | None, noticed_on: date) -> date | None:
    """Return the last day of a notice; none where the rule asks for no notice, or says no days.

    On the day after it what it is about may take place.
    """
    if rule is None or rule.rule not in NOTICE_RULES or rule.days is None:
        return None
    return last_day_before(days_after(noticed_on, rule.days))


# Else each alert would make another, for ever.
_PROVES: Final = Nobody("it proves that an alert arrived, and is no news to whoever got that")

RULES: Final[Rules] = {NoticeDelivered: _PROVES, NoticeAcknowledged: _PROVES}
