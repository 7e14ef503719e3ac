"""Contributions: whoever is to attest is asked, and told until when its silence is no attestation yet."""

from typing import Final

from services.notifications.rules.rule import Rule, Rules, by_the_end_of, named
from services.notifications.rules.sources import ACTOR, PARTIES
from shared.events import contribution

_TO_ATTEST: Final = Rule(
    "action",
    to=(named("attesting_parties"),),
    but=(ACTOR,),
    due=by_the_end_of("deemed_on"),
    receipt=True,
)

RULES: Final[Rules] = {
    contribution.ContributionRecorded: _TO_ATTEST,
    contribution.ContributionCorrected: _TO_ATTEST,
    contribution.ContributionAttested: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    # Whoever said nothing is bound by it: that is what it must be told, and must say that it was.
    contribution.ContributionAttestationDeemed: Rule("legal-critical", to=(PARTIES,)),
    contribution.ContributionConfirmed: Rule("info", to=(PARTIES,)),
    contribution.ContributionWithdrawn: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    contribution.ContributionContested: Rule("legal-critical", to=(PARTIES,)),
}
