"""Affiliations: what one end declares the other is asked about; what follows for shares is told with determinations."""

from typing import Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.rule import Nobody, Rule, Rules, Source, by_the_end_of, named
from shared.events import affiliation
from shared.log.envelope import Envelope

_TOLD_WITH_SHARES: Final = Nobody("it concerns no agreement: what follows for shares is in determinations")


def _other_end(envelope: Envelope, _remembered: Remembered) -> set[str]:
    event = cast("affiliation.DeclarationMade", envelope.data)
    return {event.parent, event.child} - {envelope.actor_party}


OTHER_END: Final = Source("the other end", _other_end)

RULES: Final[Rules] = {
    affiliation.AffiliationDeclared: _TOLD_WITH_SHARES,
    affiliation.AffiliationEnded: _TOLD_WITH_SHARES,
    affiliation.DeclarationMade: Rule("action", to=(OTHER_END,), due=by_the_end_of("confirm_by"), awaits=(OTHER_END,)),
    # From now on one speaks for the other, and may own what the other would.
    affiliation.DeclarationConfirmed: Rule("legal-critical", to=(named("parent"), named("child"))),
    affiliation.DeclarationDeclined: Rule("info", to=(OTHER_END,)),
    affiliation.DeclarationWithdrawn: Rule("info", to=(OTHER_END,)),
    affiliation.DeclarationLapsed: Rule("info", to=(named("parent"), named("child"))),
    # From that day on the one speaks no more for the other.
    affiliation.DeclarationEnded: Rule("legal-critical", to=(named("parent"), named("child"))),
}
