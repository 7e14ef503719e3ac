"""Giving an invention up: whoever holds a share of it is told, since silence may let it happen."""

from datetime import timedelta
from typing import Final

from services.notifications.rules.rule import Due, Rule, Rules, by_the_end_of
from services.notifications.rules.sources import ACTOR, HOLDERS, PARTIES
from shared.events import retirement

_RETIRES_ON: Final = by_the_end_of("retires_on")
# On that day it is too late: the last one on which to oppose is the day before.
TO_OPPOSE: Final = Due(
    "the day before `retires_on`",
    lambda envelope, remembered: (
        retires_on - timedelta(days=1) if (retires_on := _RETIRES_ON.day(envelope, remembered)) else None
    ),
)

RULES: Final[Rules] = {
    retirement.RetirementProposed: Rule("legal-critical", to=(PARTIES, HOLDERS), due=TO_OPPOSE),
    retirement.RetirementConsentGiven: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    retirement.RetirementOpposed: Rule("legal-critical", to=(PARTIES, HOLDERS)),
    retirement.InventionRetired: Rule("legal-critical", to=(PARTIES, HOLDERS)),
}
