"""Agreements: everybody is told of what binds all, and asked for what needs the signature of each."""

from typing import Final

from services.notifications.rules.rule import Nobody, Rule, Rules, by_the_end_of, named
from services.notifications.rules.sources import ACTOR, PARTIES
from shared.events import agreement

# Also a party that is only about to join.
SIGNATORIES: Final = named("signatories")

RULES: Final[Rules] = {
    agreement.AgreementDrafted: Nobody("a draft asks nothing of anybody before it is proposed"),
    agreement.TermsVersionDrafted: Nobody("a draft asks nothing of anybody before it is proposed"),
    agreement.AgreementProposed: Rule("action", to=(PARTIES,)),
    agreement.AgreementSigned: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    agreement.AgreementFullySigned: Rule("info", to=(PARTIES,)),
    agreement.AgreementActivated: Rule("info", to=(PARTIES,)),
    agreement.AgreementWithdrawn: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    agreement.AmendmentProposed: Rule("action", to=(PARTIES, SIGNATORIES), due=by_the_end_of("effective_on")),
    agreement.AmendmentSigned: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    agreement.AmendmentTookEffect: Rule("info", to=(PARTIES,)),
    agreement.AmendmentLapsed: Rule("info", to=(PARTIES,)),
    agreement.PartyAcceded: Rule("legal-critical", to=(PARTIES,)),
    agreement.PartyWithdrew: Rule("legal-critical", to=(PARTIES,)),
    agreement.AgreementRenewalAgreed: Rule("action", to=(PARTIES,), but=(ACTOR,)),
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
