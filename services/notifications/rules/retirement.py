"""Giving an invention up: whoever holds a share of it is told, since silence may let it happen."""

from typing import Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.invention import STILL_LICENSED
from services.notifications.rules.rule import Rule, Rules, Source, by_the_day_before, named
from services.notifications.rules.sources import ACTOR, HOLDERS, PARTIES, the_assets
from shared.events import retirement
from shared.log.envelope import Envelope


def _holders(envelope: Envelope, remembered: Remembered) -> set[str]:
    event = cast("retirement.RetirementProposed", envelope.data)
    return {each for name in the_assets(envelope) for each in remembered.circle(name).present or event.parties}


OTHER_HOLDERS: Final = Source("who holds it, `parties` where nothing is determined", _holders, needs=the_assets).but(
    named("party")
)
# On that day it is too late: the last one on which to oppose is the day before.
TO_OPPOSE: Final = by_the_day_before("retires_on")

RULES: Final[Rules] = {
    retirement.RetirementProposed: Rule(
        "legal-critical", to=(PARTIES, HOLDERS), due=TO_OPPOSE, awaits=(OTHER_HOLDERS,), spoken_for=True
    ),
    retirement.RetirementConsentGiven: Rule("info", to=(PARTIES, HOLDERS), but=(ACTOR,)),
    retirement.RetirementOpposed: Rule("legal-critical", to=(PARTIES, HOLDERS)),
    retirement.InventionRetired: Rule("legal-critical", to=(PARTIES, HOLDERS, STILL_LICENSED)),
}
