"""What is refused about agreements."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class AgreementNotFound(NotFound):
    """There is no such agreement among those of the caller's party."""


class DrafterNotAParty(Forbidden):
    """An agreement is drafted by one of its own parties."""


class PartiesRepeated(Invalid):
    """A party is named once."""


class TooFewParties(Invalid):
    """It takes at least two parties."""


class PartyNotInAgreement(Invalid):
    """Whoever takes part in something under an agreement is one of its parties."""


class ConsentRuleIncomplete(Invalid):
    """A rule of notice or deemed consent says after how many days, a supermajority which part; no other rule does."""


class AgreementNotDraft(Conflict):
    """Terms are only changed while the agreement is a draft."""


class TermNotSupported(Invalid):
    """This release does not keep this term, so it must not be agreed; `key` names it."""


class AgreementNotProposed(Conflict):
    """An agreement is signed once it has been proposed."""


class TermsHashMismatch(Conflict):
    """The hash is not that of the terms that stand; read them again before signing."""


class PartyHasSigned(Conflict):
    """The party has signed, by another representative."""


class AgreementNotFullySigned(Conflict):
    """An agreement takes effect after every party has signed; `missing` names those that have not."""


class EffectiveDateNotReached(Conflict):
    """An agreement takes effect on the first day of its period, not before."""


class TermsIncomplete(Conflict):
    """No consent, revenue, cost or survival key is empty in terms that take effect; `keys` names those that are."""


class AgreementIsSigned(Conflict):
    """All have signed the agreement: nobody does once more, and what can take effect is ended, not withdrawn."""


class AgreementIsWithdrawn(Conflict):
    """The agreement was given up before it took effect."""


class TermInvalid(Invalid):
    """A term says what cannot be kept; `key` names it."""


class AmendmentNotFound(NotFound):
    """The agreement has no amendment of this number."""


class AmendmentPending(Conflict):
    """One amendment at a time: `no` has not yet taken effect or lapsed."""


class AmendmentTooEarly(Invalid):
    """An amendment takes effect today or later, and after the terms it replaces."""


class AmendmentAfterEnd(Conflict):
    """The agreement ends before the day of the amendment; renew it first."""


class AmendmentChangesNothing(Invalid):
    """The amendment says what stands already."""


class AmendmentSettled(Conflict):
    """The amendment is agreed, in effect or lapsed; nobody can sign or retract it any more."""


class AmendmentDayPassed(Conflict):
    """An amendment is signed by all on its day at the latest."""


class NotASignatory(Forbidden):
    """An amendment is signed by those who are parties on its day, and by those who join."""


class NotTheProposer(Forbidden):
    """An amendment is retracted by the party that proposed it."""


class PartyIsAMember(Invalid):
    """Who joins an agreement is not in it yet."""


class WithdrawalBackdated(Invalid):
    """A party leaves today or later."""


class RenewalNotLater(Invalid):
    """A renewal lasts longer than what was agreed before."""


class NoticeGiven(Conflict):
    """Notice of termination was given already; the agreement ends on `ends_on`."""


class NoticeTooShort(Invalid):
    """An agreement ends by notice on the day of the notice or later, and not in the past."""


class NotTheSuspendingParty(Forbidden):
    """An agreement goes on when the party that suspended it says so."""


class TermsNotYetInForce(NotFound):
    """No terms stood on this day, as far as was known then."""
