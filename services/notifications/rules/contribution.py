"""Contributions: whoever is to attest is asked, and told until when its silence is no attestation yet."""

from typing import Final, cast

from services.notifications.remembered import Remembered, recorder_of
from services.notifications.rules.rule import Rule, Rules, Source, by_the_end_of, named
from services.notifications.rules.sources import ACTOR, HOLDERS, PARTIES
from shared.events import contribution
from shared.log.envelope import Envelope

ATTESTING: Final = named("attesting_parties")
_TO_ATTEST: Final = Rule(
    "action",
    to=(ATTESTING,),
    but=(ACTOR,),
    due=by_the_end_of("deemed_on"),
    receipt=True,
    awaits=(ATTESTING.but(ACTOR),),
    weighs_by="deemed_after",
)


def _recorder(envelope: Envelope) -> frozenset[str]:
    return frozenset({recorder_of(cast("contribution.ContributionContested", envelope.data).contribution)})


def _who_recorded_it(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {party for name in _recorder(envelope) for party in remembered.circle(name)}


RECORDER: Final = Source("who recorded it", _who_recorded_it, needs=_recorder)

RULES: Final[Rules] = {
    contribution.ContributionRecorded: _TO_ATTEST,
    contribution.ContributionCorrected: _TO_ATTEST,
    contribution.ContributionAttested: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    # Whoever said nothing is bound by it: that is what it must be told, and must say that it was.
    contribution.ContributionAttestationDeemed: Rule("legal-critical", to=(PARTIES,)),
    contribution.ContributionConfirmed: Rule("info", to=(PARTIES,)),
    contribution.ContributionWithdrawn: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    contribution.ContributionContested: Rule("legal-critical", to=(PARTIES, HOLDERS), awaits=(RECORDER,)),
    contribution.ContributorConfirmed: Rule("info", to=(PARTIES,)),
    # No party's act: the one whose person denies it learns of it like the others. Nobody must do anything by it.
    contribution.ContributorContested: Rule("legal-critical", to=(PARTIES, HOLDERS)),
}
