"""Affiliations: they concern no agreement; what follows from one for shares is told with the determination."""

from typing import Final

from services.notifications.rules.rule import Nobody, Rules
from shared.events import affiliation

_TOLD_WITH_SHARES: Final = Nobody("it concerns no agreement: what follows for shares is in determinations")

RULES: Final[Rules] = {
    affiliation.AffiliationDeclared: _TOLD_WITH_SHARES,
    affiliation.AffiliationEnded: _TOLD_WITH_SHARES,
}
