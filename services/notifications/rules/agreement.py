"""Agreements: everybody is told of what binds all, and asked for what needs the signature of each."""

from typing import Final

from services.notifications.remembered import Remembered
from services.notifications.rules.rule import Nobody, Rule, Rules, by_the_end_of, named
from services.notifications.rules.sources import ACTOR, AGREEMENTS_PARTIES, OTHER_PARTIES, PARTIES
from shared.events import agreement
from shared.log.envelope import Envelope

# Also a party that is only about to join.
SIGNATORIES: Final = named("signatories")


def _if_in_it(envelope: Envelope, _position: int, remembered: Remembered, recipient: str) -> str:
    """Link whoever would have joined to all the agreements that it reads: this one it reads no more."""
    in_it = AGREEMENTS_PARTIES.of(envelope, remembered)
    return f"/v1/agreements/{envelope.agreement}" if recipient in in_it else "/v1/agreements"


RULES: Final[Rules] = {
    agreement.AgreementDrafted: Nobody("a draft asks nothing of anybody before it is proposed"),
    agreement.TermsVersionDrafted: Nobody("a draft asks nothing of anybody before it is proposed"),
    agreement.AgreementProposed: Rule("action", to=(PARTIES,), awaits=(PARTIES,)),
    agreement.AgreementSigned: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    agreement.AgreementFullySigned: Rule("info", to=(PARTIES,)),
    agreement.AgreementActivated: Rule("info", to=(PARTIES,)),
    agreement.AgreementWithdrawn: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    agreement.AmendmentProposed: Rule(
        "action", to=(PARTIES, SIGNATORIES), due=by_the_end_of("effective_on"), awaits=(SIGNATORIES,)
    ),
    agreement.AmendmentSigned: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    agreement.AmendmentTookEffect: Rule("info", to=(PARTIES,)),
    agreement.AmendmentLapsed: Rule("info", to=(PARTIES.linked(_if_in_it),)),
    agreement.PartyAcceded: Rule("legal-critical", to=(PARTIES,)),
    agreement.PartyWithdrew: Rule("legal-critical", to=(PARTIES,)),
    agreement.AgreementRenewalAgreed: Rule("action", to=(PARTIES,), but=(ACTOR,), awaits=(OTHER_PARTIES,)),
    agreement.AgreementRenewed: Rule("info", to=(PARTIES,)),
    agreement.AgreementSuspended: Rule("legal-critical", to=(PARTIES,)),
    agreement.AgreementResumed: Rule("info", to=(PARTIES,)),
    agreement.TerminationNoticeGiven: Rule("legal-critical", to=(PARTIES,)),
    agreement.AgreementTerminated: Rule("legal-critical", to=(PARTIES,)),
    agreement.AgreementExpired: Rule("legal-critical", to=(PARTIES,)),
    agreement.SurvivalBegan: Nobody("it follows from the end, which alerts everybody"),
    agreement.SurvivalEnded: Rule("info", to=(PARTIES,)),
    agreement.AgreementClosed: Rule("info", to=(PARTIES,)),
}
