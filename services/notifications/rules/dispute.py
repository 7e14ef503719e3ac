"""Disputes: whoever has a share or is given one by somebody's position is told, and the parties."""

from typing import Final

from services.notifications.rules.rule import Rule, Rules, by_the_end_of, named
from services.notifications.rules.sources import ACTOR, HOLDERS, PARTIES
from shared.events import dispute

POSITION: Final = named("position")
OUTCOME: Final = named("outcome")
AWAITED: Final = named("awaited")
REGISTRAR: Final = named("registrar")

RULES: Final[Rules] = {
    dispute.DisputeOpened: Rule("legal-critical", to=(PARTIES, POSITION, HOLDERS), due=by_the_end_of("due_on")),
    dispute.DisputePositionFiled: Rule("legal-critical", to=(PARTIES, POSITION, HOLDERS)),
    dispute.DisputeEvidenceFiled: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    dispute.DisputeEscalated: Rule("legal-critical", to=(PARTIES, HOLDERS), due=by_the_end_of("due_on")),
    dispute.DisputeResolutionProposed: Rule("legal-critical", to=(PARTIES, AWAITED, REGISTRAR), but=(ACTOR,)),
    dispute.DisputeResolutionConfirmed: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    dispute.DisputeResolutionObjected: Rule("legal-critical", to=(PARTIES, HOLDERS), but=(ACTOR,)),
    dispute.DisputeResolutionDeclined: Rule("legal-critical", to=(PARTIES, HOLDERS), but=(ACTOR,)),
    dispute.DisputeResolutionWithdrawn: Rule("legal-critical", to=(PARTIES, HOLDERS), but=(ACTOR,)),
    dispute.DisputeResolved: Rule("legal-critical", to=(PARTIES, OUTCOME, HOLDERS)),
    dispute.DisputeWithdrawn: Rule("legal-critical", to=(PARTIES, HOLDERS)),
    dispute.DisputeLapsed: Rule("legal-critical", to=(PARTIES, HOLDERS)),
}
