"""Parties: what one is, and who speaks for it, is nobody else's business."""

from typing import Final

from services.notifications.rules.rule import Nobody, Rules
from shared.events import party

_NO_AGREEMENT_YET: Final = Nobody("it concerns no agreement yet")
_OWN_AFFAIR: Final = Nobody("whom a party lets speak for it is its own affair")

RULES: Final[Rules] = {
    party.PartyRegistered: _NO_AGREEMENT_YET,
    party.PartyVerified: _NO_AGREEMENT_YET,
    party.PartyDeactivated: _NO_AGREEMENT_YET,
    party.PartyReactivated: _NO_AGREEMENT_YET,
    party.RepresentativeAppointed: _OWN_AFFAIR,
    party.RepresentativeRevoked: _OWN_AFFAIR,
}
